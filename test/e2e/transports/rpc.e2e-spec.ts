import { Controller, type Type } from '@nestjs/common';
import {
  ClientKafka,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  NatsRecordBuilder,
  Payload,
  RmqRecordBuilder,
  Transport,
  type ClientOptions,
  type MicroserviceOptions,
  type RmqContext,
  type RmqOptions,
} from '@nestjs/microservices';
import { headers } from '@nats-io/transport-node';
import amqplib from 'amqplib';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isKafkaInstalled, startKafka } from '../../servers/kafka.js';
import { startMosquitto } from '../../servers/mosquitto.js';
import { startNats } from '../../servers/nats.js';
import { isRabbitmqInstalled, startRabbitmq, type RabbitmqServer } from '../../servers/rabbitmq.js';
import { startRedis } from '../../servers/redis.js';
import { behavesAlike, TABLE_OPTIONS, type Way } from './behaviour-table.js';
import { MqttCaller } from './rpc-mqtt-client.js';
import { answerTo, inEnvelope, Orders, PATTERNS, wayOf, type Message, type Send } from './rpc-orders.js';

/** Starts the handlers behind a transport. */
async function startApp(server: MicroserviceOptions, controller: Type = Orders): Promise<AuthzTestApp> {
  return startAuthzApp(
    { controllers: [controller], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    {
      configure: (app) => {
        app.connectMicroservice<MicroserviceOptions>(server, { inheritAppConfig: true });
        return app.startAllMicroservices();
      },
    },
  );
}

/** Starts the handlers behind a transport, and Nest's own client of it. */
async function start(server: MicroserviceOptions, message: Message): Promise<Way> {
  const app = await startApp(server);
  const client = ClientProxyFactory.create(server as ClientOptions);
  if (client instanceof ClientKafka) for (const pattern of PATTERNS) client.subscribeToResponseOf(pattern);
  await client.connect();
  const stop = async () => {
    await client.close();
    await app.close();
  };
  return { app, ...wayOf((pattern, token) => client.send(pattern, message(token))), stop };
}

behavesAlike('TCP', async () =>
  start({ transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } }, inEnvelope),
);

describeWhereInstalled('redis-server')('with a real redis-server', () => {
  behavesAlike('Redis', async () => {
    const redis = await startRedis();
    const way = await start({ transport: Transport.REDIS, options: { host: '127.0.0.1', port: redis.port } }, inEnvelope);
    return { ...way, stop: () => way.stop().then(() => redis.stop()) };
  });
});

describeWhereInstalled('nats-server')('with a real nats-server', () => {
  const inHeaders: Message = (token, payload = {}) => {
    const written = headers();
    if (token !== undefined) written.set('authorization', `Bearer ${token}`);
    return new NatsRecordBuilder(payload).setHeaders(written).build();
  };
  behavesAlike('NATS', async () => {
    const nats = await startNats();
    const way = await start({ transport: Transport.NATS, options: { servers: nats.url } }, inHeaders);
    return { ...way, stop: () => way.stop().then(() => nats.stop()) };
  });
});

describeWhereInstalled('rabbitmq-server', isRabbitmqInstalled)('with a real rabbitmq-server', () => {
  const inHeaders: Message = (token, payload = {}) =>
    new RmqRecordBuilder(payload)
      .setOptions({ headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
      .build();
  let rabbitmq: RabbitmqServer;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  }, 60_000);
  afterAll(() => rabbitmq.stop());
  const server = (options: RmqOptions['options']): MicroserviceOptions => ({
    transport: Transport.RMQ,
    options: { urls: [rabbitmq.url], ...options },
  });

  behavesAlike('RabbitMQ', () => start(server({ queue: 'orders' }), inHeaders));

  it.each([
    ['which are acknowledged one by one', { queue: 'acknowledged', noAck: false, prefetchCount: 1 }],
    ['which are not acknowledged', { queue: 'unacknowledged', noAck: true, prefetchCount: 1 }],
  ])('is not blocked by refused messages, %s', async (_how, options) => {
    const { noAck } = options;
    const taken: string[] = [];
    @Controller()
    @RequirePermissions('orders:read')
    class Consumer {
      @MessagePattern('ask')
      ask(@Ctx() context: RmqContext): string {
        acknowledge(context);
        return 'answered';
      }

      @EventPattern('tell')
      tell(@Payload() what: string, @Ctx() context: unknown): void {
        acknowledge(context as RmqContext);
        taken.push(what);
      }
    }
    const acknowledge = (context: RmqContext) => {
      if (!noAck) (context.getChannelRef() as { ack(message: object): void }).ack(context.getMessage());
    };
    const app = await startApp(server(options), Consumer);
    // The reply queue belongs to the client and is not acknowledged.
    const client = ClientProxyFactory.create(server({ queue: options.queue }) as ClientOptions);
    await client.connect();
    for (const token of [undefined, 'garbage', app.token({ roles: ['constructor'] })]) {
      client.emit('tell', inHeaders(token, 'refused'));
      expect((await answerTo(client.send('ask', inHeaders(token)))).outcome).toMatch(/unauthenticated|forbidden/);
    }
    const token = app.token({ roles: ['viewer'] });
    client.emit('tell', inHeaders(token, 'let in'));
    expect(await answerTo(client.send('ask', inHeaders(token)))).toEqual({ outcome: 'allowed', said: 'answered' });
    expect(taken).toEqual(['let in']);
    await client.close();
    await app.close();
    // No message is left for redelivery.
    const connection = await amqplib.connect(rabbitmq.url);
    const channel = await connection.createChannel();
    expect(await channel.checkQueue(options.queue)).toMatchObject({ messageCount: 0 });
    await connection.close();
  });
});

describeWhereInstalled('Kafka', isKafkaInstalled)('with a real Kafka broker', () => {
  const inHeaders: Message = (token, payload = {}) => ({
    value: payload,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  behavesAlike('Kafka', async () => {
    const kafka = await startKafka();
    await kafka.createTopics(...PATTERNS, ...PATTERNS.map((pattern) => `${pattern}.reply`));
    const options = { client: kafka.client, subscribe: { fromBeginning: true } };
    const way = await start({ transport: Transport.KAFKA, options }, inHeaders);
    return { ...way, stop: () => way.stop().then(() => kafka.stop()) };
  });
});

describeWhereInstalled('mosquitto')('with a real mosquitto', () => {
  const startMqtt = async (protocolVersion: 4 | 5): Promise<Way> => {
    const mosquitto = await startMosquitto();
    const server: MicroserviceOptions = { transport: Transport.MQTT, options: { url: mosquitto.url, protocolVersion } };
    const app = await startApp(server);
    const client = await MqttCaller.connect(mosquitto.url, { protocolVersion });
    const send: Send = (pattern, token) =>
      protocolVersion === 4
        ? client.send(pattern, inEnvelope(token))
        : client.send(pattern, {}, token === undefined ? undefined : { authorization: `Bearer ${token}` });
    const stop = async () => {
      await client.close();
      await app.close();
      await mosquitto.stop();
    };
    return { app, ...wayOf(send), stop };
  };
  behavesAlike('MQTT 5', () => startMqtt(5));
  behavesAlike('MQTT 3.1.1, in an envelope', () => startMqtt(4));
});
