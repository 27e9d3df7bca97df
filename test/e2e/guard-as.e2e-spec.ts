import type { Server } from 'node:http';
import {
  Controller,
  Get,
  Injectable,
  Module,
  type CanActivate,
  type INestApplication,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import {
  ClientProxyFactory,
  MessagePattern,
  Transport,
  type ClientOptions,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { lastValueFrom } from 'rxjs';
import supertest from 'supertest';
import {
  AccessToken,
  Authenticated,
  AUTHZ_MODULE_OPTIONS,
  Authz,
  AuthzGuard,
  AuthzModule,
  CurrentPermissions,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequireAuthContext,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  Resource,
  type AuthzModuleOptions,
  type PermissionSet,
  type Principal,
} from '../../lib/index.js';
import { remoteMapping } from '../../lib/ports/mapping-source/index.js';
import { guardAs, startAuthzApp, StubIssuer, type TestPrincipal } from '../../lib/testing/index.js';
import { guardedWebSockets } from '../../lib/transports/websockets/index.js';
import { freePort } from '../servers/free-port.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { Orders as GraphqlOrders, outcomeOf, SERVERS, startGraphql } from './transports/graphql-app.js';
import { bearer, callUnary, grpcClient, GrpcOrders, grpcServer } from './transports/grpc-orders.js';
import { connectError, ioAsk, ioClient, WsPeer } from './transports/websockets-clients.js';

@Injectable()
class Discounts {
  constructor(private readonly authz: Authz) {}
  known() {
    return {
      subject: this.authz.principal()?.subject,
      may: this.authz.can('orders:create'),
      granted: this.authz.permissions().granted,
    };
  }
}

@Controller('orders')
class Orders {
  constructor(private readonly discounts: Discounts) {}

  @Get() @RequirePermissions('orders:read') list(
    @CurrentPrincipal() principal: Principal,
    @CurrentPrincipal('subject') subject: string,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string | undefined,
  ) {
    return {
      roles: principal.roles,
      subject,
      granted: permissions.granted,
      token: token ?? 'none',
      authz: this.discounts.known(),
    };
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('claims') @Authenticated() claims(@CurrentPrincipal() { issuer, tenant, clientId, claims }: Principal) {
    return { issuer, tenant, clientId, claims };
  }
  @Get('role') @RequireRoles('boss') role() {
    return 'in';
  }
  @Get('scope') @RequireScopes('orders.write') scope() {
    return 'in';
  }
  @Get('strong') @RequireAuthContext({ acr: ['mfa'], maxAgeSeconds: 60 }) strong() {
    return 'in';
  }
  @Get('optional') @OptionalAuth() optional(@CurrentPrincipal('subject') subject: string | undefined) {
    return { subject };
  }
  @Get('public') @Public() public(@CurrentPrincipal('subject') subject: string | undefined) {
    return { subject };
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
}

/** As in real applications: the issuer cannot be reached from a test. */
const NOWHERE = { ...OPTIONS, issuer: 'https://id.nowhere.invalid' };

@Module({
  imports: [AuthzModule.forRoot(NOWHERE)],
  controllers: [Orders],
  providers: [Discounts],
})
class AppModule {}

const requestsTo = (app: INestApplication) => supertest(app.getHttpServer() as Server);

onBothAdapters(({ newAdapter, closeLater }) => {
  const startWith = async (
    guard: Type<CanActivate>,
    module: Type | ModuleMetadata = AppModule,
    log = new CapturedLog(),
  ): Promise<INestApplication> => {
    const metadata = typeof module === 'function' ? { imports: [module] } : module;
    const builder = Test.createTestingModule(metadata).setLogger(log).overrideProvider(AuthzGuard).useClass(guard);
    const app = (await builder.compile()).createNestApplication(newAdapter());
    await app.listen(0, '127.0.0.1');
    return closeLater(app);
  };

  describe('guardAs', () => {
    it('runs every call as the caller, for decorators of parameters and for Authz, and enforces by the mapping', async () => {
      const app = await startWith(guardAs({ subject: 'alice', roles: ['viewer'] }));
      const granted = ['orders:read'];
      await requestsTo(app)
        .get('/orders')
        .expect(200, {
          roles: ['viewer'],
          subject: 'alice',
          granted,
          token: 'none',
          authz: { subject: 'alice', may: false, granted },
        });
      await requestsTo(app).get('/orders/create').expect(403);
      for (const path of ['role', 'scope', 'undecorated']) await requestsTo(app).get(`/orders/${path}`).expect(403);
      await requestsTo(app).get('/orders/strong').expect(401);
      await requestsTo(app).get('/orders/optional').expect(200, { subject: 'alice' });
      await requestsTo(app).get('/orders/public').expect(200, {});
    });

    it('does not read a token that comes', async () => {
      const app = await startWith(guardAs({ subject: 'alice', roles: ['viewer'] }));
      await requestsTo(app).get('/orders').set('Authorization', 'Bearer a.b.c').expect(200);
      await requestsTo(app).get('/orders/create').set('Authorization', 'Bearer a.b.c').expect(403);
    });

    it('is without roles and permissions where nothing is said', async () => {
      const app = await startWith(guardAs({}));
      await requestsTo(app).get('/orders/optional').expect(200, { subject: 'test-subject' });
      await requestsTo(app).get('/orders').expect(403);
    });

    it('takes permissions in place of the mapping: everything passes that asks for permissions', async () => {
      const app = await startWith(guardAs({ subject: 'alice', permissions: ['*'] }));
      await requestsTo(app).get('/orders/create').expect(200);
      const { body } = await requestsTo(app).get('/orders').expect(200);
      expect(body).toMatchObject({ subject: 'alice', granted: ['*'], authz: { may: true } });
      for (const path of ['role', 'scope', 'undecorated']) await requestsTo(app).get(`/orders/${path}`).expect(403);
    });

    it('takes permissions where the mapping grants others to the roles', async () => {
      const app = await startWith(guardAs({ roles: ['viewer'], permissions: ['orders:create'] }));
      await requestsTo(app).get('/orders/create').expect(200);
      await requestsTo(app).get('/orders').expect(403);
    });

    it('takes permissions under a condition, as a mapping does, and reports a faulty one at the start', async () => {
      @Controller('own')
      class Own {
        @Get(':ownerId') @RequirePermissions('orders:read') @Resource((_, { params }) => params) read() {
          return 'in';
        }
      }
      const module = { imports: [AuthzModule.forRoot(NOWHERE)], controllers: [Own] };
      const under = (when: string) => guardAs({ subject: 'alice', permissions: [{ permission: 'orders:read', when }] });
      const app = await startWith(under('resource.ownerId == principal.subject'), module);
      await requestsTo(app).get('/own/alice').expect(200);
      await requestsTo(app).get('/own/bob').expect(403);
      await expect(startWith(under('resource.ownerId =='), module)).rejects.toThrow(/the permissions of guardAs\(\)/);
    });

    it('takes scopes, tenant, client, issuer and claims', async () => {
      const claims = { email: 'alice@acme.test', acr: 'mfa', auth_time: Math.floor(Date.now() / 1000) };
      const who = { subject: 'alice', scopes: ['orders.write'], tenant: 'acme', clientId: 'web', issuer: 'https://id.acme.test' };
      const app = await startWith(guardAs({ ...who, claims }));
      await requestsTo(app).get('/orders/scope').expect(200);
      await requestsTo(app).get('/orders/strong').expect(200);
      const { body } = await requestsTo(app).get('/orders/claims').expect(200);
      const { tenant, clientId, issuer } = who;
      expect(body).toEqual({ tenant, clientId, issuer, claims: { sub: 'alice', ...claims } });
    });

    it('takes a function that returns the caller, or none', async () => {
      let caller: TestPrincipal | undefined;
      const app = await startWith(guardAs(() => caller));
      await requestsTo(app).get('/orders').expect(401);
      await requestsTo(app).get('/orders/optional').expect(200, {});
      caller = { subject: 'alice', roles: ['viewer'] };
      await requestsTo(app).get('/orders').expect(200);
      caller = { subject: 'bob', roles: ['clerk'] };
      await requestsTo(app).get('/orders/create').expect(200);
      await requestsTo(app).get('/orders/optional').expect(200, { subject: 'bob' });
    });

    it('fetches no keys, and logs no error for an issuer that does not exist', async () => {
      const issuer = await StubIssuer.start();
      const log = new CapturedLog();
      const options = { ...OPTIONS, issuer: { issuer: issuer.url, jwksUri: issuer.jwksUri } };
      const module = { imports: [AuthzModule.forRoot(options)], controllers: [Orders], providers: [Discounts] };
      const app = await startWith(guardAs({ roles: ['viewer'] }), module, log);
      await requestsTo(app).get('/orders').expect(200);
      expect(issuer.keyRequests).toBe(0);
      expect(log.matching(/^ERROR/)).toEqual([]);
      await issuer.stop();
    });

    it('needs no mapping where permissions are given', async () => {
      const mapping = remoteMapping({ name: 'nowhere', fetch: () => Promise.reject(new Error('down')) });
      const module = { imports: [AuthzModule.forRoot({ ...NOWHERE, mapping })], controllers: [Orders], providers: [Discounts] };
      const app = await startWith(guardAs({ permissions: ['orders:read'] }), module);
      await requestsTo(app).get('/orders').expect(200);
      await requestsTo(app).get('/orders/create').expect(403);
    });

    it('goes together with other options', async () => {
      const builder = Test.createTestingModule({ imports: [AppModule] })
        .setLogger(new CapturedLog())
        .overrideProvider(AuthzGuard)
        .useClass(guardAs({ roles: ['tester'] }))
        .overrideProvider(AUTHZ_MODULE_OPTIONS)
        .useValue({ ...NOWHERE, mapping: { roles: { tester: ['orders:read'] } } });
      const app = closeLater((await builder.compile()).createNestApplication(newAdapter()));
      await app.listen(0, '127.0.0.1');
      await requestsTo(app).get('/orders').expect(200);
      await requestsTo(app).get('/orders/create').expect(403);
    });

    it('given as a value stops the start with a message that says what to write', async () => {
      const builder = Test.createTestingModule({ imports: [AppModule] })
        .setLogger(new CapturedLog())
        .overrideProvider(AuthzGuard)
        .useValue(guardAs({ subject: 'alice' }));
      await expect(builder.compile()).rejects.toMatchObject({
        code: 'AUTHZ_GUARD',
        message: expect.stringContaining('.useClass(guardAs({ subject: ') as unknown,
      });
    });

    it('has no effect by overrideGuard(), as the README says', async () => {
      const builder = Test.createTestingModule({ imports: [AppModule] })
        .setLogger(new CapturedLog())
        .overrideGuard(AuthzGuard)
        .useClass(guardAs({ subject: 'alice', permissions: ['*'] }));
      const app = closeLater((await builder.compile()).createNestApplication(newAdapter()));
      await app.listen(0, '127.0.0.1');
      await requestsTo(app).get('/orders').expect(401);
    });

    it('says at start whom the calls come from', async () => {
      const log = new CapturedLog();
      await startWith(guardAs({ subject: 'ali\nce' }), AppModule, log);
      expect(log.matching(/guardAs/)).toEqual([
        expect.stringContaining(
          'WARN Every call runs as subject "ali\\nce": guardAs() stands in for AuthzGuard. No token is checked.',
        ),
      ]);
    });

    it('works with a mapping provider of the application, and with forRootAsync', async () => {
      const useFactory = (): AuthzModuleOptions => ({
        ...OPTIONS,
        mapping: {
          provider: {
            permissionsFor: (_roles: readonly string[], { subject }: Principal) => (subject === 'alice' ? ['orders:read'] : []),
          },
        },
      });
      const module = { imports: [AuthzModule.forRootAsync({ useFactory })], controllers: [Orders], providers: [Discounts] };
      const app = await startWith(guardAs({ subject: 'alice' }), module);
      await requestsTo(app).get('/orders').expect(200);
      await requestsTo(app).get('/orders/create').expect(403);
    });

    it('has no effect in an application that provides it itself', async () => {
      const module = {
        imports: [AppModule],
        providers: [
          {
            provide: AuthzGuard,
            useClass: class {
              canActivate = () => true;
            },
          },
        ],
      };
      const compiled = await Test.createTestingModule(module).setLogger(new CapturedLog()).compile();
      const app = compiled.createNestApplication(newAdapter());
      await app.listen(0, '127.0.0.1');
      closeLater(app);
      await requestsTo(app).get('/orders').expect(401);
    });

    it('starts nothing in production, whatever stands in its place', async () => {
      const before = process.env['NODE_ENV'];
      process.env['NODE_ENV'] = 'production';
      const builder = Test.createTestingModule({ imports: [AppModule] })
        .setLogger(new CapturedLog())
        .overrideProvider(AuthzGuard)
        .useValue({ canActivate: () => true });
      await expect(builder.compile().finally(() => (process.env['NODE_ENV'] = before))).rejects.toMatchObject({
        code: 'AUTHZ_GUARD',
        message: expect.stringContaining('no token is checked') as unknown,
      });
    });

    it('starts nothing in production', async () => {
      const before = process.env['NODE_ENV'];
      process.env['NODE_ENV'] = 'production';
      const started = startWith(guardAs({ subject: 'alice', permissions: ['*'] }));
      await expect(started.finally(() => (process.env['NODE_ENV'] = before))).rejects.toMatchObject({
        code: 'AUTHZ_GUARD_AS',
        message: expect.stringContaining('NODE_ENV=production') as unknown,
      });
    });

    it.each<[string, unknown, string]>([
      [
        'a name',
        'alice',
        `needs a caller such as { subject: 'alice', roles: ['clerk'] }, or a function that returns one, got "alice".`,
      ],
      ['nothing', undefined, 'got nothing.'],
      ['an unknown member', { role: ['clerk'] }, 'The caller of guardAs() has no option "role". Did you mean "roles"?'],
      ['roles in a string', { roles: 'clerk' }, `"roles" of guardAs() must be a list of strings such as ['clerk'], got "clerk".`],
      ['an empty subject', { subject: '' }, '"subject" of guardAs() must be a string, got "".'],
      [
        'a permission that is none',
        { permissions: ['ord*'] },
        '"permissions" of guardAs() must be a list of permissions and patterns',
      ],
    ])('refuses %s at once', (_what, who, message) => {
      expect(() => guardAs(who as TestPrincipal)).toThrow(message);
    });
  });

  describe('on WebSockets', () => {
    @WebSocketGateway({ path: '/orders' })
    class Gateway {
      constructor(private readonly discounts: Discounts) {}
      @SubscribeMessage('read') @RequirePermissions('orders:read') read(@CurrentPrincipal('subject') subject: string) {
        return { event: 'read', data: { subject, authz: this.discounts.known() } };
      }
      @SubscribeMessage('create') @RequirePermissions('orders:create') create() {
        return { event: 'create', data: {} };
      }
    }
    const startSockets = async (adapter: typeof WsAdapter | typeof IoAdapter, guard: Type<CanActivate> | CanActivate) =>
      closeLater(
        await startAuthzApp(
          { imports: [AuthzModule.forRoot(NOWHERE)], providers: [Gateway, Discounts] },
          {
            adapter: newAdapter(),
            override: (builder) => {
              const overridden = builder.setLogger(new CapturedLog()).overrideProvider(AuthzGuard);
              return typeof guard === 'function' ? overridden.useClass(guard) : overridden.useValue(guard);
            },
            configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new adapter(app))),
          },
        ),
      );
    const data = { subject: 'alice', authz: { subject: 'alice', may: false, granted: ['orders:read'] } };

    it('ws: connections and messages are of the caller', async () => {
      const peer = WsPeer.with(
        await startSockets(WsAdapter, guardAs({ subject: 'alice', roles: ['viewer'] })),
        '/orders',
        undefined,
      );
      expect(await peer.ask('read')).toEqual({ outcome: 'allowed', said: data });
      expect((await peer.ask('create')).outcome).toBe('forbidden');
      peer.end();
    });

    it('socket.io: connections and messages are of the caller', async () => {
      const app = await startSockets(IoAdapter, guardAs({ subject: 'alice', roles: ['viewer'] }));
      const socket = ioClient(app, '/', { path: '/orders' });
      expect((await ioAsk(socket, 'create')).outcome).toBe('forbidden');
      socket.disconnect();
    });

    it.each(['ws', 'socket.io'])("%s: a guard of the test's own lets clients connect", async (kind) => {
      const app = await startSockets(kind === 'ws' ? WsAdapter : IoAdapter, { canActivate: () => true });
      if (kind === 'ws') {
        const peer = WsPeer.with(app, '/orders', undefined);
        expect((await peer.ask('create')).outcome).toBe('allowed');
        peer.end();
      } else {
        const socket = ioClient(app, '/', { path: '/orders' });
        expect(await connectError(socket)).toBeUndefined();
        socket.disconnect();
      }
    });
  });

  it('messages are of the caller', async () => {
    @Controller()
    class Messages {
      constructor(private readonly discounts: Discounts) {}
      @MessagePattern('read') @RequirePermissions('orders:read') read(@CurrentPrincipal('subject') subject: string) {
        return { subject, authz: this.discounts.known() };
      }
      @MessagePattern('create') @RequirePermissions('orders:create') create() {
        return {};
      }
    }
    const server: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } };
    const imports = [AuthzModule.forRoot(NOWHERE)];
    const compiled = await Test.createTestingModule({ imports, controllers: [Messages], providers: [Discounts] })
      .setLogger(new CapturedLog())
      .overrideProvider(AuthzGuard)
      .useClass(guardAs({ subject: 'alice', roles: ['viewer'] }))
      .compile();
    const app = closeLater(compiled.createNestApplication(newAdapter()));
    app.connectMicroservice(server, { inheritAppConfig: true });
    await app.startAllMicroservices();
    await app.init();
    const client = closeLater(
      ClientProxyFactory.create(server as ClientOptions) as { close(): unknown } & ReturnType<typeof ClientProxyFactory.create>,
    );
    expect(await lastValueFrom(client.send('read', {}))).toMatchObject({
      subject: 'alice',
      authz: { subject: 'alice', may: false },
    });
    await expect(lastValueFrom(client.send('create', {}))).rejects.toMatchObject({ statusCode: 403 });
  });
});

describe.each(SERVERS.map((server) => [server.name, server] as const))('guardAs with GraphQL by %s', (_name, server) => {
  it('operations are of the caller', async () => {
    const override = (builder: TestingModuleBuilder) =>
      builder
        .setLogger(new CapturedLog())
        .overrideProvider(AuthzGuard)
        .useClass(guardAs({ subject: 'alice', roles: ['viewer'] }));
    const graphql = await startGraphql(server, [GraphqlOrders], {}, { app: { override } });
    const { body } = await graphql.post('{ read { subject current canRead canRemove } }');
    expect(body.data).toEqual({ read: { subject: 'alice', current: 'alice', canRead: true, canRemove: false } });
    expect(outcomeOf((await graphql.post('mutation { remove }')).body)).toBe('forbidden');
    await graphql.close();
  });
});

it('guardAs with gRPC: calls are of the caller', async () => {
  const port = await freePort();
  const app = await startAuthzApp(
    { imports: [AuthzModule.forRoot(NOWHERE)], controllers: [GrpcOrders] },
    {
      override: (builder) =>
        builder
          .setLogger(new CapturedLog())
          .overrideProvider(AuthzGuard)
          .useClass(guardAs({ subject: 'alice', roles: ['viewer'] })),
      configure: (application) => {
        application.connectMicroservice(grpcServer(port), { inheritAppConfig: true });
        return application.startAllMicroservices();
      },
    },
  );
  const client = grpcClient(port);
  const { outcome, said } = await callUnary(client, 'read', bearer(undefined));
  expect([outcome, said]).toEqual(['allowed', { subject: 'alice', current: 'alice', canRead: true, canRemove: false }]);
  expect((await callUnary(client, 'remove', bearer(undefined))).outcome).toBe('forbidden');
  client.close();
  await app.close();
});
