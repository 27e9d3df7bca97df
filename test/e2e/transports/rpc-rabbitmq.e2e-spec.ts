import { Controller, Injectable } from '@nestjs/common';
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqRecordBuilder,
  Transport,
  type ClientOptions,
  type MicroserviceOptions,
  type RmqContext,
} from '@nestjs/microservices';
import { AuthzModule, RequirePermissions, type MappingProvider } from '../../../lib/index.js';
import { startAuthzApp } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isRabbitmqInstalled, startRabbitmq, type RabbitmqServer } from '../../servers/rabbitmq.js';
import { until } from '../../waiting/until.js';
import { TABLE_OPTIONS } from './behaviour-table.js';

const taken: string[] = [];

function take(handler: string, what: string, context: RmqContext): void {
  taken.push(`${handler} ${what}`);
  (context.getChannelRef() as { ack(message: object): void }).ack(context.getMessage());
}

@Controller()
@RequirePermissions('orders:read')
class Consumer {
  @EventPattern('shared')
  first(@Payload() what: string, @Ctx() context: unknown): void {
    take('first', what, context as RmqContext);
  }

  @EventPattern('shared')
  @RequirePermissions('orders:delete')
  second(@Payload() what: string): void {
    taken.push(`second ${what}`);
  }

  /** Nest never calls the second handler. */
  @MessagePattern('mixed')
  mixed(@Payload() what: string, @Ctx() context: unknown): void {
    take('mixed', what, context as RmqContext);
  }

  @EventPattern('mixed')
  never(@Payload() what: string): void {
    taken.push(`never ${what}`);
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

describeWhereInstalled('rabbitmq-server', isRabbitmqInstalled)('with a real rabbitmq-server', () => {
  let rabbitmq: RabbitmqServer;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  }, 60_000);
  afterAll(() => rabbitmq.stop());
  beforeEach(() => (taken.length = 0));

  /** Starts a consumer that takes one message at a time. */
  async function start(queue: string) {
    const server = (options: object): MicroserviceOptions => ({
      transport: Transport.RMQ,
      options: { urls: [rabbitmq.url], queue, ...options },
    });
    const app = await startAuthzApp(
      {
        controllers: [Consumer],
        imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, mapping: { provider: Store } })],
        providers: [Store],
      },
      {
        configure: (application) => {
          application.connectMicroservice(server({ noAck: false, prefetchCount: 1 }), { inheritAppConfig: true });
          return application.startAllMicroservices();
        },
      },
    );
    const client = ClientProxyFactory.create(server({}) as ClientOptions);
    await client.connect();
    const emit = (pattern: string, what: string, isLetIn: boolean) => {
      const headers = isLetIn ? { authorization: `Bearer ${app.token({ roles: ['viewer'] })}` } : {};
      client.emit(pattern, new RmqRecordBuilder(what).setOptions({ headers }).build());
    };
    const stop = async () => {
      await client.close();
      await app.close();
    };
    return { emit, stop };
  }

  const untilTaken = (what: string) => until(() => taken.includes(what));

  it.each(['shared', 'mixed'])('refused messages to several handlers do not block later messages (%s)', async (pattern) => {
    Store.failures = 0;
    const { emit, stop } = await start(pattern);
    for (let refused = 0; refused < 3; refused++) emit(pattern, 'refused', false);
    emit(pattern, 'let in', true);
    const handler = pattern === 'shared' ? 'first' : 'mixed';
    await untilTaken(`${handler} let in`);
    expect(taken).toEqual([`${handler} let in`]);
    await stop();
  });

  it('a message that could not be decided is redelivered', async () => {
    const { emit, stop } = await start('undecided');
    Store.failures = 2;
    emit('mixed', 'undecided', true);
    await untilTaken('mixed undecided');
    expect(Store.failures).toBe(-1);
    await stop();
  });
});
