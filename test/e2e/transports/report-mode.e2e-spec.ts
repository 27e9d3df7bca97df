import { Injectable, type INestApplication } from '@nestjs/common';
import { ClientProxyFactory, Transport, type ClientOptions, type MicroserviceOptions } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Authz,
  AuthzMode,
  AuthzModule,
  CurrentPrincipal,
  RequirePermissions,
  RequireRoles,
  type AuthzModuleOptions,
} from '../../../lib/index.js';
import { startAuthzApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { freePort } from '../../servers/free-port.js';
import { TABLE_OPTIONS, callerSeen, type CallerSeen, type Way } from './behaviour-table.js';
import { firstOf, Orders as GraphqlOrders, outcomeOf, SERVERS, startGraphql, type GraphqlResponse } from './graphql-app.js';
import { bearer, callUnary, grpcClient, GrpcOrders, grpcServer } from './grpc-orders.js';
import { inEnvelope, Orders as RpcOrders, wayOf } from './rpc-orders.js';
import { ioAsk, ioClient, WsPeer } from './websockets-clients.js';

const REPORT = {
  ...TABLE_OPTIONS,
  mode: 'report',
  reportAlso: ['no_requirement', 'token_missing'],
} satisfies AuthzModuleOptions;

@Injectable()
abstract class Orders {
  constructor(private readonly authz: Authz) {}
  callerSeen(subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }
}

@WebSocketGateway({ path: '/orders' })
class WsOrders extends Orders {
  @SubscribeMessage('read') @RequirePermissions('orders:read') read(@CurrentPrincipal('subject') subject: string) {
    return { event: 'read', data: this.callerSeen(subject) };
  }
  @SubscribeMessage('remove') @RequirePermissions('orders:delete') remove() {
    return { event: 'remove', data: {} };
  }
  @SubscribeMessage('undecorated') undecorated() {
    return { event: 'undecorated', data: {} };
  }
  @SubscribeMessage('open') @AuthzMode('enforce') @RequirePermissions('orders:read') enforced() {
    return { event: 'open', data: {} };
  }
}

@WebSocketGateway({ path: '/boss' })
@RequireRoles('boss')
class WsBoss {
  @SubscribeMessage('read') read() {
    return { event: 'read', data: {} };
  }
}

@WebSocketGateway({ namespace: 'orders' })
class IoOrders extends Orders {
  @SubscribeMessage('read') @RequirePermissions('orders:read') read(@CurrentPrincipal('subject') subject: string) {
    return this.callerSeen(subject);
  }
  @SubscribeMessage('remove') @RequirePermissions('orders:delete') remove() {
    return {};
  }
  @SubscribeMessage('undecorated') undecorated() {
    return {};
  }
}

const withSockets = (adapter: typeof WsAdapter | typeof IoAdapter) => ({
  configure: (app: INestApplication) => app.useWebSocketAdapter(guardedWebSockets(app, new adapter(app))),
});

async function startWs(): Promise<Way> {
  const imports = [AuthzModule.forRoot(REPORT)];
  const app = await startAuthzApp({ providers: [WsOrders, WsBoss], imports }, withSockets(WsAdapter));
  const call: Way['call'] = async (handler, token) => {
    const peer = WsPeer.with(app, '/orders', token);
    return peer.ask(handler).finally(() => peer.end());
  };
  return { app, call, stop: () => app.close() };
}

async function startIo(): Promise<Way> {
  const app = await startAuthzApp({ providers: [IoOrders], imports: [AuthzModule.forRoot(REPORT)] }, withSockets(IoAdapter));
  const call: Way['call'] = async (handler, token) => {
    const socket = ioClient(app, '/orders', token === undefined ? {} : { auth: { token } });
    return ioAsk(socket, handler).finally(() => socket.disconnect());
  };
  return { app, call, stop: () => app.close() };
}

async function startMessages(): Promise<Way> {
  const server: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } };
  const app = await startAuthzApp({ controllers: [RpcOrders], imports: [AuthzModule.forRoot(REPORT)] }, behind(server));
  const client = ClientProxyFactory.create(server as ClientOptions);
  await client.connect();
  const stop = async () => {
    await client.close();
    await app.close();
  };
  return { app, ...wayOf((pattern, token) => client.send(pattern, inEnvelope(token))), stop };
}

async function startGrpc(): Promise<Way> {
  const port = await freePort();
  const app = await startAuthzApp(
    { controllers: [GrpcOrders], imports: [AuthzModule.forRoot(REPORT)] },
    behind(grpcServer(port)),
  );
  const client = grpcClient(port);
  const stop = async () => {
    client.close();
    await app.close();
  };
  return { app, call: (handler, token) => callUnary(client, handler, bearer(token)), stop };
}

const behind = (server: MicroserviceOptions): Parameters<typeof startAuthzApp>[1] => ({
  configure: async (app) => {
    app.connectMicroservice(server, { inheritAppConfig: true });
    await app.startAllMicroservices();
  },
});

const OPERATIONS = {
  read: '{ read { subject current canRead canRemove } }',
  remove: 'mutation { remove }',
  undecorated: '{ undecorated }',
  open: '{ open }',
};

const overHttp = (server: (typeof SERVERS)[number]) => async (): Promise<Way> => {
  const app = await startGraphql(server, [GraphqlOrders], {}, { authz: REPORT });
  const call: Way['call'] = async (handler, token) => {
    const { body } = await app.post(OPERATIONS[handler], token);
    return { outcome: outcomeOf(body), said: body.data?.[handler] ?? body };
  };
  return { app: app.authz, call, stop: () => app.close() };
};

const onSocket = (server: (typeof SERVERS)[number]) => async (): Promise<Way> => {
  const options = server.name === 'Mercurius' ? { subscription: { fullWsTransport: true } } : {};
  const app = await startGraphql(server, [GraphqlOrders], options, { authz: REPORT });
  const call: Way['call'] = async (handler, token) => {
    const client = app.client(token === undefined ? undefined : { Authorization: `Bearer ${token}` });
    const { outcome, said } = await firstOf(client, OPERATIONS[handler]);
    await client.dispose();
    return { outcome, said: (said as GraphqlResponse).data?.[handler] ?? said };
  };
  return { app: app.authz, call, stop: () => app.close() };
};

describe.each<[string, () => Promise<Way>]>([
  ['ws', startWs],
  ['socket.io', startIo],
  ['messages', startMessages],
  ['gRPC', startGrpc],
  ...SERVERS.map((server): [string, () => Promise<Way>] => [`GraphQL by ${server.name}`, overHttp(server)]),
  ...SERVERS.map((server): [string, () => Promise<Way>] => [`GraphQL by ${server.name}, on a socket`, onSocket(server)]),
])('report mode that reports callers without a token and handlers without a decorator, on %s', (_name, start) => {
  let way: Way;
  beforeAll(async () => {
    way = await start();
  });
  afterAll(() => way.stop());

  it('admits a call without a token, which has no caller', async () => {
    const { outcome, said } = await way.call('read', undefined);
    expect(outcome).toBe('allowed');
    // A gRPC client reads an absent field as an empty string; JSON omits it.
    const { subject, current, canRead, canRemove } = said as CallerSeen;
    expect([subject ?? '', current ?? '', canRead, canRemove]).toEqual(['', '', false, false]);
  });

  it('admits calls without the permission, and calls to handlers without a decorator', async () => {
    const token = way.app.token({ roles: ['viewer'] });
    for (const handler of ['remove', 'undecorated'] as const)
      for (const sent of [token, undefined]) expect((await way.call(handler, sent)).outcome).toBe('allowed');
    const { report } = way.app.app.get(Authz).diagnostics();
    const reasons = Object.fromEntries(report.handlers.map(({ handler, reasons }) => [handler.split('.')[1], reasons]));
    expect(reasons['remove']).toEqual({ permission_missing: 1, token_missing: 1 });
    expect(reasons['undecorated']).toEqual({ no_requirement: 1, token_missing: 1 });
  });

  it('knows the caller of a valid token', async () => {
    const { said } = await way.call('read', way.app.token({ roles: ['viewer'], sub: 'ann' }));
    expect(said).toEqual({ subject: 'ann', current: 'ann', canRead: true, canRemove: false });
  });

  it('still refuses an invalid token', async () => {
    for (const token of ['a.b.c', way.app.token({ roles: ['viewer'], aud: 'billing' })])
      for (const handler of ['read', 'undecorated'] as const)
        expect((await way.call(handler, token)).outcome).toBe('unauthenticated');
  });
});

describe('a gateway in report mode', () => {
  let way: Way;
  beforeAll(async () => {
    way = await startWs();
  });
  afterAll(() => way.stop());

  it('refuses a message without a token to an enforced handler, and keeps the connection', async () => {
    const peer = WsPeer.with(way.app, '/orders', undefined);
    expect((await peer.ask('open')).outcome).toBe('unauthenticated');
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
  });

  it('accepts a token by message from a client that connected without one', async () => {
    const peer = WsPeer.with(way.app, '/orders', undefined);
    expect((await peer.ask('read')).said).toMatchObject({ canRead: false });
    const token = way.app.token({ roles: ['viewer'], sub: 'ann' });
    await peer.opened();
    peer.send('authenticate', { token });
    expect(await peer.next('authenticated', 'exception')).toMatchObject({ event: 'authenticated' });
    expect((await peer.ask('read')).said).toMatchObject({ current: 'ann', canRead: true });
    expect((await peer.ask('open')).outcome).toBe('allowed');
    peer.end();
  });

  it('refuses a client without a token if the connection requires a role', async () => {
    expect((await WsPeer.with(way.app, '/boss', undefined).ask('read')).outcome).toBe('unauthenticated');
  });
});
