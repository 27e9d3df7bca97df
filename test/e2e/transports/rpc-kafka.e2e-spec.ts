import { Controller, Injectable } from '@nestjs/common';
import { ClientKafka, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { IHeaders, Producer } from 'kafkajs';
import { Authz, AuthzModule, Public, RequirePermissions, ServiceTask, type MappingProvider } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isKafkaInstalled, startKafka, type KafkaServer } from '../../servers/kafka.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { answerTo } from './rpc-orders.js';

const taken: string[] = [];

const take = (handler: string, what: unknown) => void taken.push(`${handler} ${String(what)}`);

@Controller()
@RequirePermissions('orders:read')
class Consumer {
  constructor(private readonly authz: Authz) {}

  @EventPattern('shared')
  first(@Payload() what: string): void {
    take('first', what);
  }

  @EventPattern('shared')
  @RequirePermissions('orders:delete')
  second(@Payload() what: string): void {
    take('second', what);
  }

  @EventPattern('shared')
  @ServiceTask()
  task(@Payload() what: string): void {
    take('task', what);
  }

  @EventPattern('open')
  @Public()
  open(@Payload() what: unknown): void {
    take('open', what);
  }

  /** Beside a handler that admits everyone. */
  @EventPattern('open')
  guarded(@Payload() what: unknown): void {
    take('guarded', what);
  }

  @EventPattern('asserted')
  asserted(@Payload() what: string): void {
    take('asserted', what);
    this.authz.assert('orders:delete');
  }

  @MessagePattern('asked')
  asked(@Payload() what: string): string {
    take('asked', what);
    return `answered ${what}`;
  }
}

/** A permission store that is unreachable a few times. */
@Injectable()
class Store implements MappingProvider {
  static failures = 0;

  permissionsFor(): string[] {
    if (Store.failures-- > 0) throw new Error('The store is down.');
    return ['orders:read'];
  }
}

const TOPICS = ['shared', 'open', 'asserted', 'asked'];
/** Headers of a client that waits for a response. */
const AWAITED = { kafka_correlationId: '1', kafka_replyTopic: 'asked.reply', kafka_replyPartition: '0' };

describeWhereInstalled('Kafka', isKafkaInstalled)('with a real Kafka broker', () => {
  const log = new CapturedLog();
  let kafka: KafkaServer;
  let app: AuthzTestApp;
  let client: ClientKafka;
  /** Sends any message, unlike Nest's client. */
  let producer: Producer;
  beforeAll(async () => {
    kafka = await startKafka();
    await kafka.createTopics(...TOPICS, 'asked.reply');
    app = await startAuthzApp(
      {
        controllers: [Consumer],
        imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, mapping: { provider: Store } })],
        providers: [Store],
      },
      {
        ...log.here,
        configure: (application) => {
          // After two tries its consumer gives up, and restarts.
          const consumer = { groupId: 'orders', retry: { initialRetryTime: 10, retries: 2 } };
          const options = { client: kafka.client, consumer, subscribe: { fromBeginning: true } };
          application.connectMicroservice({ transport: Transport.KAFKA, options }, { inheritAppConfig: true });
          return application.startAllMicroservices();
        },
      },
    );
    client = new ClientKafka({ client: kafka.client });
    client.subscribeToResponseOf('asked');
    await client.connect();
    producer = kafka.kafkajs.producer();
    await producer.connect();
  }, 60_000);
  afterAll(async () => {
    await Promise.all([producer.disconnect(), client.close()]);
    await app.close();
    await kafka.stop();
  });
  beforeEach(() => {
    taken.length = 0;
    Store.failures = 0;
  });

  const bearer = () => `Bearer ${app.token({ roles: ['viewer'] })}`;
  const letIn = () => ({ authorization: bearer() });
  const send = (topic: string, value: string | null, headers?: IHeaders) =>
    producer.send({ topic, messages: [{ value, ...(headers && { headers }) }] });
  const ask = (value: string, headers: IHeaders) => answerTo(client.send('asked', { value, headers }));
  const untilTaken = (what: string) => until(() => taken.includes(what));

  it('responds to a request, or refuses it', async () => {
    expect(await ask('it', letIn())).toEqual({ outcome: 'allowed', said: 'answered it' });
    expect(await ask('it', {})).toEqual({
      outcome: 'unauthenticated',
      said: expect.objectContaining({ status: 'error', statusCode: 401, message: expect.any(String) as unknown }) as unknown,
    });
    expect(taken).toEqual(['asked it']);
  });

  it('refuses a request with two tokens as malformed, even if they are the same', async () => {
    const authorization = bearer();
    expect(await ask('it', { authorization: [authorization, authorization] })).toMatchObject({ outcome: 'malformed' });
    expect(taken).toEqual([]);
  });

  it('passes an event to the handlers that admit it, and to those that need no token', async () => {
    await send('shared', 'refused');
    await send('shared', 'let in', letIn());
    await send('open', 'last');
    await untilTaken('first let in');
    await untilTaken('task let in');
    await untilTaken('open last');
    expect([...taken].sort()).toEqual(['first let in', 'open last', 'task let in', 'task refused']);
  });

  it('drops an event that its handler refuses by Authz, once', async () => {
    await send('asserted', 'it', letIn());
    await send('asserted', 'last', letIn());
    await untilTaken('asserted last');
    expect(taken).toEqual(['asserted it', 'asserted last']);
  });

  it.each<[string, IHeaders | undefined]>([
    ['without headers', undefined],
    ['with an invalid token', { authorization: 'Bearer a.b.c' }],
    ['with two tokens', { authorization: ['Bearer a.b.c', 'Bearer d.e.f'] }],
    ['with bytes that are not UTF-8 instead of a token', { authorization: Buffer.from([0xff, 0xfe, 0x00]) }],
    ['with JSON instead of a token', { authorization: '{"a":1}' }],
    ['with bytes that begin with zero', { authorization: Buffer.from([0, 1, 2]) }],
    ['without a reply topic', { kafka_correlationId: '1' }],
  ])('a refused message is not redelivered and blocks nothing: a message %s', async (_what, headers) => {
    const before = log.matching(/^ERROR/).length;
    for (const topic of ['shared', 'asked']) {
      await send(topic, 'refused', headers);
      await send(topic, null, headers);
      await send(topic, '{"$authz":{"authorization":[1]},"data":"refused"}', headers);
      await send(topic, 'let in', letIn());
    }
    await untilTaken('first let in');
    await untilTaken('asked let in');
    expect(taken.filter((what) => !what.startsWith('task'))).toEqual(expect.arrayContaining(['first let in', 'asked let in']));
    expect(taken.filter((what) => !what.startsWith('task'))).toHaveLength(2);
    expect(log.matching(/^ERROR/)).toHaveLength(before);
  });

  it.each<[string, string, string, IHeaders?]>([
    ['an event', 'shared', 'first undecided'],
    ['an event sent as a request', 'shared', 'first undecided', AWAITED],
    ['an event that another handler has processed', 'open', 'guarded undecided'],
    ['a message without a reply address', 'asked', 'asked undecided'],
  ])('a message that could not be decided is redelivered: %s', async (_what, topic, expected, headers = {}) => {
    Store.failures = 2;
    await send(topic, 'undecided', { ...letIn(), ...headers });
    await untilTaken(expected);
    expect(Store.failures).toBeLessThan(0);
  });

  it('and again until it is decided, also after its consumer has given up and restarted', async () => {
    Store.failures = 12;
    await send('asked', 'undecided', letIn());
    await untilTaken('asked undecided');
    expect(Store.failures).toBe(-1);
  });

  it('a waiting client gets 503, and the request is not redelivered', async () => {
    Store.failures = 1;
    expect(await ask('undecided', letIn())).toMatchObject({
      outcome: 'unavailable',
      said: { error: 'temporarily_unavailable' },
    });
    expect(await ask('it', letIn())).toMatchObject({ outcome: 'allowed' });
    expect(taken).toEqual(['asked it']);
  });
});
