import type { AddressInfo } from 'node:net';
import {
  Injectable,
  Module,
  Scope,
  type INestApplicationContext,
  type NestApplicationOptions,
  type Provider,
  type WebSocketAdapter,
} from '@nestjs/common';
import type { NestMicroserviceOptions } from '@nestjs/common/interfaces/microservices/nest-microservice-options.interface.js';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, WebSocketServer, type OnGatewayConnection } from '@nestjs/websockets';
import { WebSocket, type WebSocketServer as WsServer } from 'ws';
import { AuthzConfigError, AuthzModule, Public, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { connectError, ioClient, WsPeer } from './websockets-clients.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
const QUIET: NestApplicationOptions = { logger: false };
const authz = AuthzModule.forRoot(TABLE_OPTIONS);

@WebSocketGateway({ path: '/orders' })
class Orders implements OnGatewayConnection {
  @WebSocketServer() server!: WsServer;
  connections = 0;

  handleConnection(): void {
    this.connections++;
  }

  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return { event: 'read', data: {} };
  }
}

@WebSocketGateway({ path: '/news' })
class News {
  @WebSocketServer() server: unknown;
}

type NewAdapter = (app: INestApplicationContext) => WebSocketAdapter | undefined;

/** The error that stopped the start. */
async function startError(providers: Provider[], newAdapter: NewAdapter, imports = [authz]): Promise<AuthzConfigError> {
  const app = (await Test.createTestingModule({ imports, providers }).compile()).createNestApplication();
  const error: unknown = await (async () => {
    const adapter = newAdapter(app);
    if (adapter !== undefined) app.useWebSocketAdapter(adapter);
    await app.listen(0, '127.0.0.1');
  })().catch((thrown: unknown) => thrown);
  await app.close();
  expect(error).toBeInstanceOf(AuthzConfigError);
  return error as AuthzConfigError;
}

const guardedWs: NewAdapter = (app) => guardedWebSockets(app, new WsAdapter(app));
const guardedIo: NewAdapter = (app) => guardedWebSockets(app, new IoAdapter(app));

describe('an application with a gateway', () => {
  it.each<[string, NewAdapter]>([
    ['the default adapter', () => undefined],
    ['an adapter for socket.io', (app) => new IoAdapter(app)],
    ['an adapter for ws', (app) => new WsAdapter(app)],
    [
      'a guarded adapter that it does not use',
      (app) => {
        guardedWebSockets(app, new WsAdapter(app));
        return new WsAdapter(app);
      },
    ],
  ])('does not start with %s', async (_what, newAdapter) => {
    const { code, message } = await startError([Orders], newAdapter);
    expect(code).toBe('AUTHZ_WEBSOCKETS_UNGUARDED');
    expect(message).toContain('Orders');
    expect(message).toContain('guardedWebSockets(app,');
  });

  it('does not start with a gateway without methods, either: clients could connect and receive messages', async () => {
    expect((await startError([News], () => undefined)).code).toBe('AUTHZ_WEBSOCKETS_UNGUARDED');
  });

  it('does not start as a microservice with an unguarded adapter, and starts with a guarded one', async () => {
    @Module({ imports: [authz], providers: [Orders] })
    class AppModule {}
    const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
    const options: NestMicroserviceOptions & MicroserviceOptions = { ...tcp, ...QUIET, abortOnError: false };
    const unguarded = await NestFactory.createMicroservice(AppModule, options);
    await expect(unguarded.listen()).rejects.toMatchObject({ code: 'AUTHZ_WEBSOCKETS_UNGUARDED' });
    await unguarded.close();
    const guarded = await NestFactory.createMicroservice(AppModule, options);
    guarded.useWebSocketAdapter(guardedWebSockets(guarded, new WsAdapter()));
    await guarded.listen();
    // Without a web framework the gateway has its own server.
    const { port } = guarded.get(Orders).server.address() as AddressInfo;
    const peer = new WsPeer(new WebSocket(`ws://127.0.0.1:${port}/orders`, { headers: { authorization: 'Bearer garbage' } }));
    expect(await peer.closed).toEqual({ code: 4401, reason: 'invalid_token' });
    expect(guarded.get(Orders).connections).toBe(0);
    await guarded.close();
  });
});

describe('guardedWebSockets stops the start', () => {
  it.each<[string, unknown, string, string]>([
    ['options that are not an object', 'x', 'AUTHZ_OPTIONS', '"x"'],
    ['options that are null', null, 'AUTHZ_OPTIONS', 'null'],
    ['an unknown option', { maxUnauthenticate: 5 }, 'AUTHZ_UNKNOWN_OPTION', 'maxUnauthenticated'],
    [
      'a time that is not a number',
      { authenticateWithinMs: '5s' },
      'AUTHZ_NUMBER',
      '"guardedWebSockets({ authenticateWithinMs })"',
    ],
    ['a time that is negative', { authenticateWithinMs: -1 }, 'AUTHZ_NUMBER', '-1'],
    ['a time that is NaN', { authenticateWithinMs: NaN }, 'AUTHZ_NUMBER', '"guardedWebSockets({ authenticateWithinMs })"'],
    ['no client', { maxUnauthenticated: 0 }, 'AUTHZ_NUMBER', '"guardedWebSockets({ maxUnauthenticated })"'],
    ['half a client', { maxUnauthenticated: 1.5 }, 'AUTHZ_NUMBER', 'whole number'],
    ['endless messages', { maxPendingMessages: Infinity }, 'AUTHZ_NUMBER', '"guardedWebSockets({ maxPendingMessages })"'],
    ['a parameter without a name', { queryParameter: '' }, 'AUTHZ_STRING', '"guardedWebSockets({ queryParameter })"'],
    ['a parameter that is not a string', { queryParameter: true }, 'AUTHZ_STRING', 'true'],
    ['a parameter with characters that need escaping', { queryParameter: 'access token' }, 'AUTHZ_STRING', 'access_token'],
  ])('for %s', async (_what, options, code, said) => {
    const error = await startError([Orders], (app) => guardedWebSockets(app, new WsAdapter(app), options as object));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it.each<[string, (app: INestApplicationContext) => unknown]>([
    ['nothing', () => undefined],
    ['a class', () => WsAdapter],
    ['something else', () => ({ create: () => undefined })],
    ['an adapter that is already guarded', (app) => guardedWebSockets(app, new WsAdapter(app))],
  ])('for %s instead of an adapter', async (_what, adapter) => {
    const error = await startError([Orders], (app) => guardedWebSockets(app, adapter(app) as WebSocketAdapter));
    expect(error.code).toBe('AUTHZ_WEBSOCKETS_ADAPTER');
  });

  it('without AuthzModule', async () => {
    const error = await startError([Orders], guardedWs, []);
    expect(error.code).toBe('AUTHZ_MODULE_MISSING');
    expect(error.message).toContain('AuthzModule.forRoot(');
  });

  it('without AuthzModule, with the same message also if NestFactory would end the process', async () => {
    @Module({})
    class AppModule {}
    const app = await NestFactory.create(AppModule, QUIET);
    expect(() => guardedWebSockets(app, new WsAdapter(app))).toThrow(AuthzConfigError);
    await app.close();
  });

  it('if gateways share a server but not their requirements, and one has hooks', async () => {
    @WebSocketGateway({ path: '/orders' })
    @Public()
    class Lobby {}
    const { code, message } = await startError([Orders, Lobby], guardedWs);
    expect(code).toBe('AUTHZ_WEBSOCKETS_SHARED');
    expect(message).toMatch(/Orders, Lobby.*handleConnection.*of Orders.*path/);
  });

  it.each<[string, Scope]>([
    ['created with the instance', Scope.DEFAULT],
    ['unknown before a client connects', Scope.REQUEST],
  ])('if gateways share a server but not their requirements, and the hooks of one are %s', async (_how, scope) => {
    @Injectable({ scope })
    @WebSocketGateway({ path: '/shared' })
    class Hooked {
      handleConnection = (): void => undefined;
    }
    @WebSocketGateway({ path: '/shared' })
    @Public()
    class Lobby {}
    const { code, message } = await startError([Hooked, Lobby], guardedWs);
    expect(code).toBe('AUTHZ_WEBSOCKETS_SHARED');
    expect(message).toContain('of Hooked');
  });

  it('if a namespace is the same under another name', async () => {
    @WebSocketGateway({ namespace: 'a' })
    class A implements OnGatewayConnection {
      handleConnection(): void {
        // Called for the clients of both gateways.
      }
    }
    @WebSocketGateway({ namespace: '/a' })
    @Public()
    class B {}
    expect((await startError([A, B], guardedIo)).code).toBe('AUTHZ_WEBSOCKETS_SHARED');
  });

  it('if a gateway subscribes to the message with which clients send tokens', async () => {
    @WebSocketGateway({ path: '/login' })
    class Login {
      @SubscribeMessage('authenticate')
      @Public()
      login(): void {
        // Would receive tokens.
      }
    }
    const { code, message } = await startError([Login], guardedWs);
    expect(code).toBe('AUTHZ_WEBSOCKETS_MESSAGE');
    expect(message).toContain('Login.login');
  });

  it('if socket.io would send missed messages before the token is checked', async () => {
    @WebSocketGateway({ namespace: 'live', connectionStateRecovery: {} })
    class Live {}
    expect((await startError([Live], guardedIo)).code).toBe('AUTHZ_WEBSOCKETS_RECOVERY');
    class Recovering extends IoAdapter {
      override createIOServer(port: number, options?: object): never {
        return super.createIOServer(port, { ...options, connectionStateRecovery: {} } as never) as never;
      }
    }
    const error = await startError([Orders], (app) => guardedWebSockets(app, new Recovering(app)));
    expect(error.code).toBe('AUTHZ_WEBSOCKETS_RECOVERY');
  });

  it('if an adapter creates one server for gateways at different places', async () => {
    class OneForAll extends WsAdapter {
      private one: unknown;
      override create(port: number, options: never): never {
        return (this.one ??= super.create(port, options)) as never;
      }
    }
    const error = await startError([Orders, News], (app) => guardedWebSockets(app, new OneForAll(app)));
    expect(error.code).toBe('AUTHZ_WEBSOCKETS_SERVER');
  });
});

describe('a guarded adapter', () => {
  const apps: AuthzTestApp[] = [];
  afterAll(() => Promise.all(apps.map((app) => app.close())));
  const start = async (providers: Provider[], newAdapter: NewAdapter): Promise<AuthzTestApp> => {
    const configure = (app: INestApplicationContext & { useWebSocketAdapter(adapter: WebSocketAdapter): unknown }) =>
      app.useWebSocketAdapter(newAdapter(app)!);
    const app = await startAuthzApp({ providers, imports: [authz] }, { adapter: new FastifyAdapter(), configure });
    apps.push(app);
    return app;
  };

  it('keeps its class, its own methods and private members, and properties that Nest sets', async () => {
    class Counting extends WsAdapter {
      #created = 0;
      label = 'mine';
      override create(port: number, options: never): never {
        this.#created++;
        return super.create(port, options) as never;
      }
      created(): number {
        return this.#created;
      }
    }
    let guarded: Counting | undefined;
    const own: { adapter?: Counting } = {};
    const app = await start([Orders, News], (of) => (guarded = guardedWebSockets(of, (own.adapter = new Counting(of)))));
    expect(guarded).toBeInstanceOf(Counting);
    expect(guarded!.constructor).toBe(Counting);
    expect(guarded!.created()).toBe(2);
    expect(guarded!.created).toBe(guarded!.created);
    guarded!.label = 'changed';
    guarded!.forceCloseConnections = true;
    expect({ label: own.adapter!.label, force: own.adapter!.forceCloseConnections }).toEqual({ label: 'changed', force: true });
    const peer = WsPeer.with(app, '/orders', app.token({ roles: ['viewer'] }));
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
  });

  it('keeps another message format, beside the message with a token', async () => {
    const messageParser = (data: { toString(): string }) => {
      const [event, payload] = JSON.parse(data.toString()) as [string, unknown];
      return { event, data: payload };
    };
    const app = await start([Orders], (of) => guardedWebSockets(of, new WsAdapter(of, { messageParser: messageParser })));
    const peer = await WsPeer.with(app, '/orders', undefined).opened();
    peer.send('authenticate', { token: app.token({ roles: ['viewer'] }) });
    expect((await peer.next('authenticated'))?.event).toBe('authenticated');
    peer.socket.send('["read",{}]');
    expect(await peer.next('read')).toEqual({ event: 'read', data: {} });
    peer.end();
  });

  it('admits a client that meets the requirement of one of several gateways on a server; each message is checked separately', async () => {
    @WebSocketGateway({ path: '/shared' })
    @RequirePermissions('orders:create')
    class Writers {
      @SubscribeMessage('write')
      @RequirePermissions('orders:create')
      write(): object {
        return { event: 'write', data: {} };
      }
    }
    @WebSocketGateway({ path: '/shared' })
    @RequirePermissions('orders:read')
    class Readers {
      @SubscribeMessage('read')
      @RequirePermissions('orders:read')
      read(): object {
        return { event: 'read', data: {} };
      }
    }
    const app = await start([Writers, Readers], guardedWs);
    const peer = WsPeer.with(app, '/shared', app.token({ roles: ['viewer'] }));
    expect((await peer.ask('read')).outcome).toBe('allowed');
    expect((await peer.ask('write')).outcome).toBe('forbidden');
    peer.end();
    expect((await WsPeer.with(app, '/shared', app.token({ roles: ['none'] })).closed).code).toBe(4403);
  });

  it('knows the caller of a valid token also on a server with a public gateway', async () => {
    @WebSocketGateway({ path: '/mixed' })
    @Public()
    class Anyone {
      @SubscribeMessage('open')
      open(): object {
        return { event: 'open', data: {} };
      }
    }
    @WebSocketGateway({ path: '/mixed' })
    class Known {}
    const app = await start([Anyone, Known], guardedWs);
    for (const token of [undefined, 'garbage']) {
      const peer = WsPeer.with(app, '/mixed', token);
      expect((await peer.ask('open')).outcome).toBe('allowed');
      peer.end();
    }
    const ending = app.token({
      roles: ['viewer'],
      iat: Math.floor(Date.now() / 1000) - 60,
      exp: Math.floor(Date.now() / 1000) + 2,
    });
    expect((await WsPeer.with(app, '/mixed', ending).closed).code).toBe(4401);
  });

  it('guards the namespace "/" of socket.io', async () => {
    @WebSocketGateway()
    class Root {
      @SubscribeMessage('read')
      @RequirePermissions('orders:read')
      read(): object {
        return {};
      }
    }
    const app = await start([Root], guardedIo);
    const refused = ioClient(app, '/', {});
    expect((await connectError(refused))?.data).toMatchObject({ statusCode: 401 });
    const socket = ioClient(app, '/', { auth: { token: app.token({ roles: ['viewer'] }) } });
    expect(await connectError(socket)).toBeUndefined();
    [refused, socket].forEach((each) => each.disconnect());
  });
});
