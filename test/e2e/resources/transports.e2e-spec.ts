import { Controller, Injectable, Sse, type MessageEvent } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Args, Query, Resolver } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  EventPattern,
  GrpcMethod,
  MessagePattern,
  Transport,
  type ClientOptions,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { of, type Observable } from 'rxjs';
import {
  AuthzGuard,
  AuthzModule,
  CurrentResource,
  RequirePermissions,
  RequirePolicy,
  Resource,
  type ResourceCall,
  type ResourceLoader,
} from '../../../lib/index.js';
import { guardAs, startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { freePort } from '../../servers/free-port.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';
import { startGraphql, SERVERS } from '../transports/graphql-app.js';
import { bearer, grpcClient, grpcServer } from '../transports/grpc-orders.js';
import { resourceIn } from '../../../lib/authorization/resources/loaded-resource.js';
import { HandleJob, jobs, type Job } from '../transports/own-transport/jobs.transport.js';
import { JobWorker } from '../transports/own-transport/job-worker.js';
import { answerTo, inEnvelope } from '../transports/rpc-orders.js';
import { ioAsk, ioClient, WsPeer } from '../transports/websockets-clients.js';
import { ORDERS, OrderById, OwnsOrder, provider, type Order } from './orders.js';

const AUTHZ = { ...OPTIONS, mapping: { provider }, resourceTimeoutMs: 1000 };
const IDS = ['mine', 'other', 'text'];

/** Holds loads back until there are three, and then ends the last one first: the calls overlap. */
@Injectable()
class Together implements ResourceLoader {
  private waiting: (() => void)[] = [];

  async load({ params, args }: ResourceCall): Promise<Order | undefined> {
    const asked = params['id'] ?? (args[0] as { number?: number }).number ?? args[1];
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 3) for (const end of this.waiting.splice(0).reverse()) end();
    });
    return ORDERS[String(typeof asked === 'number' ? IDS[asked] : asked)];
  }
}

describe.each(SERVERS.map((server) => [server.name, server] as const))('resources in GraphQL by %s', (_, server) => {
  @Resolver()
  class Orders {
    @Query(() => String)
    @RequirePermissions('orders:update')
    @Resource(Together)
    together(@Args('id') id: string, @CurrentResource() order: Order) {
      return `${id} ${order.id}`;
    }
    @Query(() => String, { nullable: true })
    @RequirePermissions('orders:update')
    @Resource(OrderById)
    @RequirePolicy(OwnsOrder)
    order(@Args('id') _: string, @CurrentResource() order: Order) {
      return order.id;
    }
    @Query(() => String)
    @RequirePermissions('orders:update')
    @Resource(({ id }: { id: string }) => ORDERS[id])
    given(@Args('id') _: string, @CurrentResource() order: Order) {
      return order.id;
    }
  }
  let app: Awaited<ReturnType<typeof startGraphql>>;
  beforeAll(async () => {
    app = await startGraphql(server, [Orders, OrderById, OwnsOrder, Together], {}, { authz: AUTHZ });
  });
  afterAll(() => app.close());
  const ask = async (query: string, ...roles: string[]) => (await app.post(query, app.authz.token({ roles }))).body;

  it('are kept apart for fields of one operation that are resolved at the same time', async () => {
    const query = `{ ${IDS.map((id) => `${id}: together(id: "${id}")`).join(' ')} }`;
    expect((await ask(query, 'admin')).data).toEqual(Object.fromEntries(IDS.map((id) => [id, `${id} ${id}`])));
  });

  it('decide for each field', async () => {
    const { data, errors } = await ask('{ a: order(id: "mine") b: order(id: "other") c: order(id: "missing") }', 'clerk');
    expect(data).toEqual({ a: 'mine', b: null, c: null });
    const codes = errors?.map(({ path, extensions }) => [path, extensions?.['code']]) ?? [];
    expect(new Map(codes as [])).toEqual(
      new Map<unknown, unknown>([
        [['b'], 'FORBIDDEN'],
        [['c'], 'NOT_FOUND'],
      ]),
    );
  });

  it('may be in the arguments', async () => {
    expect((await ask('{ given(id: "mine") }', 'clerk')).data).toEqual({ given: 'mine' });
  });
});

onBothAdapters(({ start, newAdapter, closeLater }) => {
  it('resources of server-sent events are loaded before the stream begins', async () => {
    @Controller()
    class Events {
      @Sse(':id') @RequirePermissions('orders:update') @Resource(OrderById) events(
        @CurrentResource() order: Order,
      ): Observable<MessageEvent> {
        return of({ data: order.id });
      }
    }
    const app = await start({ controllers: [Events], providers: [OrderById] }, AUTHZ);
    const { text } = await app.as('clerk').get('/slow').expect(200);
    expect(text).toContain('data: mine');
    await app.as('clerk').get('/other').expect(403);
    await app.as('clerk').get('/missing').expect(404);
  });

  describe.each(['ws', 'socket.io'])('resources of messages on %s', (kind) => {
    @WebSocketGateway({ path: '/orders' })
    class Gateway {
      @SubscribeMessage('order') @RequirePermissions('orders:update') @Resource(OrderById) order(
        @CurrentResource() order: Order,
      ) {
        return kind === 'ws' ? { event: 'order', data: order.id } : order.id;
      }
      @SubscribeMessage('together') @RequirePermissions('orders:update') @Resource(Together) together(
        @MessageBody() id: string,
        @CurrentResource() order: Order,
      ) {
        return { event: 'together', data: `${id} ${order.id}` };
      }
    }
    let app: AuthzTestApp;
    beforeAll(async () => {
      const Adapter = kind === 'ws' ? WsAdapter : IoAdapter;
      app = closeLater(
        await startAuthzApp(
          { imports: [AuthzModule.forRoot(AUTHZ)], providers: [Gateway, OrderById, Together] },
          {
            adapter: newAdapter(),
            configure: (application) => application.useWebSocketAdapter(guardedWebSockets(application, new Adapter(application))),
          },
        ),
      );
    });

    it('decide for each message', async () => {
      const token = app.token({ roles: ['clerk'] });
      const statuses: unknown[] = [];
      if (kind === 'ws') {
        const peer = WsPeer.with(app, '/orders', token);
        for (const id of ['mine', 'other', 'missing']) statuses.push((await peer.ask('order', { id })).said);
        peer.end();
      } else {
        const socket = ioClient(app, '/', { path: '/orders', auth: { token } });
        for (const id of ['mine', 'other', 'missing']) statuses.push((await ioAsk(socket, 'order', { id })).said);
        socket.disconnect();
      }
      const [mine, other, missing] = statuses as [unknown, object, object];
      expect(JSON.stringify(mine)).toContain('mine');
      expect(other).toMatchObject({ statusCode: 403 });
      expect(missing).toMatchObject({ statusCode: 404 });
    });

    if (kind === 'ws')
      it('are kept apart for messages of one client that are handled at the same time, with payloads that are no objects', async () => {
        const peer = WsPeer.with(app, '/orders', app.token({ roles: ['admin'] }));
        await peer.opened();
        for (const id of IDS) peer.send('together', id);
        const said = [await peer.next('together'), await peer.next('together'), await peer.next('together')];
        expect(said.map((each) => each?.data)).toEqual(expect.arrayContaining(IDS.map((id) => `${id} ${id}`)));
        peer.end();
      });
  });

  it('resources of messages by TCP decide for each message and each handler of an event', async () => {
    const seen: string[] = [];
    const handled = new Promise<void>((resolve) => {
      Reached.both = () => seen.length === 2 && resolve();
    });

    @Controller()
    class Messages {
      @MessagePattern('order') @RequirePermissions('orders:update') @Resource(OrderById) order(@CurrentResource() order: Order) {
        return order.id;
      }
      @MessagePattern('given') @RequirePermissions('orders:update') @Resource((order?: object) => order) given(
        @CurrentResource() order: Order,
      ) {
        return order.ownerId;
      }
      @EventPattern('changed') @RequirePermissions('orders:update') @Resource(OrderById) first(@CurrentResource() order: Order) {
        seen.push(`first ${order.id}`);
        Reached.both();
      }
      @EventPattern('changed') @RequirePermissions('orders:update') @Resource(() => ORDERS['other']) second(
        @CurrentResource() order: Order,
      ) {
        seen.push(`second ${order.id}`);
        Reached.both();
      }
    }
    const options: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } };
    const app = closeLater(
      await startAuthzApp(
        { imports: [AuthzModule.forRoot(AUTHZ)], controllers: [Messages], providers: [OrderById] },
        {
          adapter: newAdapter(),
          configure: (application) => {
            application.connectMicroservice(options, { inheritAppConfig: true });
            return application.startAllMicroservices();
          },
        },
      ),
    );
    const client = ClientProxyFactory.create(options as ClientOptions);
    closeLater({ close: () => void client.close() });
    const send = (pattern: string, payload: unknown, ...roles: string[]) =>
      answerTo(client.send(pattern, inEnvelope(app.token({ roles }), payload)));
    expect(await send('order', { id: 'mine' }, 'clerk')).toEqual({ outcome: 'allowed', said: 'mine' });
    expect((await send('order', { id: 'other' }, 'clerk')).outcome).toBe('forbidden');
    expect((await send('order', { id: 'missing' }, 'clerk')).said).toMatchObject({ statusCode: 404 });
    expect((await send('order', 'no object', 'clerk')).said).toMatchObject({ statusCode: 404 });
    expect((await send('order', { id: 'throws' }, 'clerk')).outcome).toBe('unavailable');
    expect((await send('given', { ownerId: 'test-subject' }, 'clerk')).said).toBe('test-subject');
    client.emit('changed', inEnvelope(app.token({ roles: ['admin'] }), { id: 'slow' }));
    await handled;
    expect(seen.sort()).toEqual(['first mine', 'second other']);
  });

  it('guardAs() loads resources and evaluates policies', async () => {
    @Controller()
    class Orders {
      @MessagePattern('order') @RequirePermissions('orders:update') @Resource(OrderById) @RequirePolicy(OwnsOrder) order(
        @CurrentResource() order: Order,
      ) {
        return order.id;
      }
    }
    const options: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } };
    closeLater(
      await startAuthzApp(
        { imports: [AuthzModule.forRoot(AUTHZ)], controllers: [Orders], providers: [OrderById, OwnsOrder] },
        {
          adapter: newAdapter(),
          override: (builder) =>
            builder
              .setLogger(new CapturedLog())
              .overrideProvider(AuthzGuard)
              .useClass(guardAs({ subject: 'bob', permissions: ['orders:update'] })),
          configure: (application) => {
            application.connectMicroservice(options, { inheritAppConfig: true });
            return application.startAllMicroservices();
          },
        },
      ),
    );
    const client = ClientProxyFactory.create(options as ClientOptions);
    closeLater({ close: () => void client.close() });
    expect((await answerTo(client.send('order', { id: 'other' }))).said).toBe('other');
    expect((await answerTo(client.send('order', { id: 'mine' }))).outcome).toBe('forbidden');
  });
});

/** Called by each handler of an event. */
const Reached = { both: () => undefined as unknown };

it('resources of gRPC calls decide for each call', async () => {
  @Controller()
  class Orders {
    @GrpcMethod('Orders', 'Read') @RequirePermissions('orders:update') @Resource(OrderById) read() {
      return { subject: 'no' };
    }
    @GrpcMethod('Orders', 'Remove') @RequirePermissions('orders:update') @Resource(() => ORDERS['mine']) remove(
      _data: object,
      _metadata: object,
      @CurrentResource() order: Order,
    ) {
      return { id: order.id };
    }
    @GrpcMethod('Orders', 'Open') @RequirePermissions('orders:update') @Resource(() => ORDERS['other']) open() {
      return {};
    }
  }
  const port = await freePort();
  const app = await startAuthzApp(
    { imports: [AuthzModule.forRoot(AUTHZ)], controllers: [Orders], providers: [OrderById] },
    {
      configure: (application) => {
        application.connectMicroservice(grpcServer(port), { inheritAppConfig: true });
        return application.startAllMicroservices();
      },
    },
  );
  const client = grpcClient(port);
  const code = (name: 'Read' | 'Remove' | 'Open') =>
    new Promise((resolve) => client[name]({}, bearer(app.token({ roles: ['clerk'] })), (error) => resolve(error?.code ?? 0)));
  expect([await code('Read'), await code('Remove'), await code('Open')]).toEqual([5, 0, 7]);
  client.close();
  await app.close();
});

it('resources of a custom transport are loaded from its first argument, and decide', async () => {
  @Injectable()
  class Jobs {
    @HandleJob('close') @RequirePermissions('orders:update') @Resource((job: { data: string }) => ORDERS[job.data]) close(
      @CurrentResource() order: Order,
    ) {
      return order.id;
    }
  }
  const app = await startAuthzApp({
    imports: [AuthzModule.forRoot({ ...AUTHZ, transports: [jobs] }), DiscoveryModule],
    providers: [JobWorker, Jobs],
  });
  const worker = app.app.get(JobWorker);
  const headers = { authorization: `Bearer ${app.token({ roles: ['clerk'] })}` };
  expect(await worker.process({ name: 'close', headers, data: 'mine' })).toBe('mine');
  await expect(worker.process({ name: 'close', headers, data: 'other' })).rejects.toMatchObject({ reason: 'condition_unmet' });
  await expect(worker.process({ name: 'close', headers, data: 'none' })).rejects.toMatchObject({ reason: 'resource_not_found' });
  // Another call to the handler may arrive on the same object, such as a repeated job.
  const { close } = Jobs.prototype;
  const heldBy = (job: Job) =>
    resourceIn({ getType: () => 'job', getArgs: () => [job], getClass: () => Jobs, getHandler: () => close } as never);
  const admitted: Job = { name: 'close', headers, data: 'mine' };
  const refused: Job = { ...admitted, data: 'other' };
  await worker.process(admitted);
  await worker.process(refused).catch(() => undefined);
  expect(heldBy(admitted)).toBe(ORDERS['mine']);
  expect(() => heldBy(refused)).toThrow('loaded no resource');
  await app.close();
});
