import { Controller, Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientKafka,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  MqttRecordBuilder,
  NatsRecordBuilder,
  Payload,
  RmqRecordBuilder,
  Transport,
  type ClientOptions,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { AuthzModule, CurrentPrincipal, RequirePermissions } from '../../../lib/index.js';
import { CallScope } from '../../../lib/authorization/index.js';
import { unknownTransport } from '../../../lib/authorization/transports/unknown-transport.js';
import { rememberState } from '../../../lib/authorization/calls/call-state.js';
import { principalFromClaims } from '../../../lib/core/index.js';
import { AuthzClientProxy } from '../../../lib/transports/microservices/index.js';
import { Outbound, OutboundModule } from '../../../lib/outbound/index.js';
import { StubIssuer } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isKafkaInstalled, startKafka } from '../../servers/kafka.js';
import { startMosquitto } from '../../servers/mosquitto.js';
import { startNats } from '../../servers/nats.js';
import { isRabbitmqInstalled, startRabbitmq } from '../../servers/rabbitmq.js';
import { startRedis } from '../../servers/redis.js';
import { CapturedLog } from '../captured-log.js';
import { OPTIONS } from '../on-both-adapters.js';

const STOCK = 'https://stock.acme.test';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface Seen {
  readonly subject: string;
  readonly payload: unknown;
  readonly traceparent: string | undefined;
}

let calls = 0;
let received: (seen: Seen) => void;

/** The service that is called. */
@Controller()
class Stock {
  constructor(private readonly outbound: Outbound) {}

  @MessagePattern('read')
  @RequirePermissions('orders:read')
  async read(@Payload() payload: object, @CurrentPrincipal('subject') subject: string): Promise<Seen> {
    calls++;
    // Sent to the next service.
    return { subject, payload, traceparent: (await this.outbound.headers('next')).traceparent };
  }

  @EventPattern('tell')
  @RequirePermissions('orders:read')
  tell(@Payload() payload: object, @CurrentPrincipal('subject') subject: unknown): void {
    received({ subject: String(subject), payload, traceparent: undefined });
  }
}

const forwardTo = (name: string) =>
  OutboundModule.forRoot({ targets: { [name]: { token: 'forward' as const, audience: STOCK } } });

async function start(imports: object[], controllers: Type[] = []): Promise<INestApplication> {
  @Module({ imports: imports as [], controllers })
  class App {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
  return NestFactory.create(App, { logger: new CapturedLog() });
}

interface Options {
  /** Makes a record as an application would, with a header of its own. */
  readonly record?: (payload: unknown) => unknown;
  /** What Nest's own serializer of the transport makes of a payload. Default: the payload. */
  readonly arrives?: (payload: unknown) => unknown;
}

function carriesIdentity(
  name: string,
  server: () => Promise<{ options: MicroserviceOptions; stop?: () => unknown }>,
  more: Options = {},
) {
  const { record, arrives = (payload: unknown) => payload } = more;
  describe(`over ${name}`, () => {
    let issuer: StubIssuer;
    let stock: INestApplication;
    let orders: INestApplication;
    let client: ClientProxy;
    let messages: AuthzClientProxy;
    let stop: (() => unknown) | undefined;

    beforeAll(async () => {
      issuer = await StubIssuer.start();
      const { options, stop: end } = await server();
      stop = end;
      const authz = { issuer: issuer.url, audience: STOCK, mapping: OPTIONS.mapping };
      stock = await start([AuthzModule.forRoot(authz), forwardTo('next')], [Stock]);
      stock.connectMicroservice<MicroserviceOptions>(options, { inheritAppConfig: true });
      await stock.startAllMicroservices();
      await stock.listen(0, '127.0.0.1');
      orders = await start([AuthzModule.forRoot({ ...authz, audience: 'orders' }), forwardTo('stock')]);
      await orders.init();
      client = ClientProxyFactory.create(options as ClientOptions);
      if (client instanceof ClientKafka) client.subscribeToResponseOf('read');
      await client.connect();
      // Nest's client of MQTT subscribes to responses again for each call, and loses some.
      if ('transport' in options && options.transport === Transport.MQTT)
        Object.assign(client, { unsubscribeFromChannel: () => undefined });
      messages = new AuthzClientProxy(client, orders.get(Outbound), 'stock');
    }, 60_000);
    afterAll(async () => {
      await client.close();
      await Promise.all([stock.close(), orders.close(), issuer.stop()]);
      await stop?.();
    });

    /** Runs code as within a handler that was called by the subject. */
    const calledBy = <Result>(subject: string, work: () => Result, aud: string | string[] = STOCK, trace?: string): Result => {
      const token = issuer.token({ sub: subject, aud, roles: ['viewer'] });
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
      const parts = { subject, roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined };
      const principal = principalFromClaims(claims, parts);
      const carrier = {};
      const transport = {
        ...unknownTransport,
        header: (_: unknown, header: string) => (header === 'traceparent' ? trace : undefined),
      };
      rememberState(carrier, { token, principal, transport, resolution: { failure: 'mapping_unavailable', detail: '' } });
      return orders.get(CallScope).run({ transport, args: [], carrier }, work);
    };
    const read = (payload: unknown): Promise<Seen> => lastValueFrom(messages.send<Seen>('read', payload));

    it.each<[unknown]>([
      [{ id: 42 }],
      ['a string'],
      [7],
      [[1, 2]],
      [{ value: { key: 1 } }],
      [{ $authz: { authorization: 'Bearer of.another.caller' }, data: 'x' }],
      [{ $authz: {} }],
    ])('sends the caller beside the payload: %j', async (payload) => {
      expect(await calledBy('ann', () => read(payload))).toMatchObject({ subject: 'ann', payload: arrives(payload) });
    });

    it('keeps callers apart that call at once', async () => {
      const callers = Array.from({ length: 20 }, (_, number) => `caller-${number}`);
      const seen = await Promise.all(callers.map((caller) => calledBy(caller, () => read({}))));
      expect(seen.map(({ subject }) => subject)).toEqual(callers);
    });

    it('passes the trace along', async () => {
      expect(await calledBy('ann', () => read({}), STOCK, TRACE)).toMatchObject({ traceparent: TRACE });
    });

    it('sends events as well, at once', async () => {
      const seen = new Promise<Seen>((resolve) => (received = resolve));
      calledBy('ann', () => messages.emit('tell', { id: 7 }));
      expect(await seen).toMatchObject({ subject: 'ann', payload: { id: 7 } });
    });

    it('sends nothing without a token that is for the service', async () => {
      const before = calls;
      await expect(read({})).rejects.toMatchObject({ code: 'caller_missing' });
      await expect(calledBy('ann', () => read({}), 'orders')).rejects.toMatchObject({ code: 'audience_mismatch' });
      await expect(firstValueFrom(messages.emit('tell', {}))).rejects.toMatchObject({ code: 'caller_missing' });
      expect(calls).toBe(before);
    });

    it('sends in the name of the caller, wherever the response is subscribed to', async () => {
      const asked: Observable<Seen> = calledBy('ann', () => messages.send<Seen>('read', {}));
      expect(await calledBy('bob', () => lastValueFrom(asked))).toMatchObject({ subject: 'ann' });
      expect(await lastValueFrom(asked)).toMatchObject({ subject: 'ann' });
    });

    it('refuses the same values as Nest', async () => {
      const nothing = calledBy('ann', () => lastValueFrom(messages.send('read', undefined)));
      await expect(nothing).rejects.toThrow('invalid data');
    });

    it('reports an unknown target', async () => {
      const wrong = new AuthzClientProxy(client, orders.get(Outbound), 'stok');
      await expect(lastValueFrom(wrong.send('read', {}))).rejects.toThrow('Did you mean "stock"?');
    });

    if (record !== undefined)
      it('keeps a record of the application, and sends it for each caller in their own name', async () => {
        const made = record({ id: 42 });
        for (const caller of ['ann', 'bob', 'ann'])
          expect(await calledBy(caller, () => read(made))).toMatchObject({ subject: caller, payload: { id: 42 } });
      });
  });
}

carriesIdentity('TCP', async () => ({
  options: { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } },
}));

describeWhereInstalled('redis-server')('with a real redis-server', () => {
  carriesIdentity('Redis', async () => {
    const redis = await startRedis();
    return {
      options: { transport: Transport.REDIS, options: { host: '127.0.0.1', port: redis.port } },
      stop: () => redis.stop(),
    };
  });
});

describeWhereInstalled('nats-server')('with a real nats-server', () => {
  carriesIdentity(
    'NATS',
    async () => {
      const nats = await startNats();
      return { options: { transport: Transport.NATS, options: { servers: nats.url } }, stop: () => nats.stop() };
    },
    {
      record: (payload) => {
        const headers = natsHeaders();
        headers.set('Authorization', 'Bearer of.another.caller');
        headers.set('x-own', '1');
        return new NatsRecordBuilder(payload).setHeaders(headers).build();
      },
    },
  );
});

describeWhereInstalled('mosquitto')('with a real mosquitto', () => {
  for (const protocolVersion of [5, 4] as const)
    carriesIdentity(
      `MQTT ${protocolVersion}`,
      async () => {
        const mosquitto = await startMosquitto();
        const options = { url: mosquitto.url, protocolVersion };
        return { options: { transport: Transport.MQTT, options }, stop: () => mosquitto.stop() };
      },
      protocolVersion === 5
        ? { record: (payload) => new MqttRecordBuilder(payload).setProperties({ userProperties: { 'x-own': '1' } }).build() }
        : {},
    );
});

describeWhereInstalled('rabbitmq-server', isRabbitmqInstalled)('with a real rabbitmq-server', () => {
  carriesIdentity(
    'RabbitMQ',
    async () => {
      const rabbitmq = await startRabbitmq();
      const options = { urls: [rabbitmq.url], queue: 'stock' };
      return { options: { transport: Transport.RMQ, options }, stop: () => rabbitmq.stop() };
    },
    { record: (payload) => new RmqRecordBuilder(payload).setOptions({ headers: { 'x-own': '1' }, priority: 3 }).build() },
  );
});

describeWhereInstalled('Kafka', isKafkaInstalled)('with a real Kafka broker', () => {
  carriesIdentity(
    'Kafka',
    async () => {
      const kafka = await startKafka();
      await kafka.createTopics('read', 'read.reply', 'tell');
      const options = { client: kafka.client, subscribe: { fromBeginning: true } };
      return { options: { transport: Transport.KAFKA, options }, stop: () => kafka.stop() };
    },
    {
      record: (payload) => ({ key: 'k', value: payload, headers: { Authorization: 'Bearer of.another.caller', 'x-own': '1' } }),
      // Nest takes an object with "value" for a message of Kafka, and numbers become strings.
      arrives: (payload) => {
        if (typeof payload === 'number') return String(payload);
        return typeof payload === 'object' && payload !== null && 'value' in payload ? payload.value : payload;
      },
    },
  );
});
