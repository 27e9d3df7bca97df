import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import {
  Body,
  Catch,
  Controller,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  Query,
  Req,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestInterceptor,
  type NestMiddleware,
  type NestModule,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { jest } from '@jest/globals';
import { defer, firstValueFrom, map, Subject, type Observable } from 'rxjs';
import {
  AccessToken,
  Authenticated,
  Authz,
  AuthzRefusedException,
  CurrentPermissions,
  CurrentPrincipal,
  OptionalAuth,
  PermissionSet,
  Public,
  RequirePermissions,
  type Principal,
} from '../../lib/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { afterTheCoolDown } from './after-the-cool-down.js';
import { onBothAdapters } from './on-both-adapters.js';
import { portOf } from './raw-request.js';

/** A service that knows nothing of requests. */
@Injectable()
class OrderService {
  constructor(private readonly authz: Authz) {}

  async whoAsks(): Promise<string | undefined> {
    await nextTurn();
    await later(1);
    await Promise.all([nextTurn(), fetch('data:,x')]);
    return this.authz.principal()?.subject;
  }

  async approve(): Promise<string> {
    await nextTurn();
    this.authz.assert('orders:create');
    return 'approved';
  }
}

@Injectable()
class OwnOrdersGuard implements CanActivate {
  constructor(private readonly authz: Authz) {}
  async canActivate(): Promise<boolean> {
    await nextTurn();
    return this.authz.can('orders:read') && this.authz.principal()?.subject === 'ann';
  }
}

@Injectable()
class SignedInterceptor implements NestInterceptor {
  constructor(private readonly authz: Authz) {}
  intercept(_: unknown, next: CallHandler): Observable<unknown> {
    const before = this.authz.principal()?.subject;
    return defer(() => next.handle()).pipe(map((body: object) => ({ ...body, before, after: this.authz.principal()?.subject })));
  }
}

@Controller()
class Orders {
  constructor(
    private readonly authz: Authz,
    private readonly orders: OrderService,
  ) {}

  @Get('who') @Authenticated() async who() {
    return { subject: await this.orders.whoAsks() };
  }
  @Post('who') @Authenticated() async whoPosts(@Body() body: { name: string }) {
    return { subject: await this.orders.whoAsks(), name: body.name };
  }
  @Get('public') @Public() async public() {
    return { subject: (await this.orders.whoAsks()) ?? 'no caller', can: this.authz.can('orders:read') };
  }
  @Get('optional') @OptionalAuth() optional(
    @CurrentPrincipal() principal: Principal | undefined,
    @CurrentPrincipal('subject') subject: string | undefined,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string | undefined,
  ) {
    const held = this.authz.permissions();
    return {
      principal: principal ?? null,
      subject: subject ?? null,
      granted: permissions.granted,
      held: held.granted,
      token: token ?? null,
    };
  }
  @Post('approve') @Authenticated() async approve() {
    return { answer: await this.orders.approve() };
  }
  @Get('can/:permission') @Authenticated() can(@Param('permission') permission: string) {
    const { granted, denied, revision } = this.authz.permissions();
    return {
      can: this.authz.can(permission),
      canBoth: this.authz.can('orders:read', permission),
      held: { granted, denied, revision },
      covers: this.authz.permissions().covers(permission),
    };
  }
  @Get('guarded') @UseGuards(OwnOrdersGuard) @Authenticated() guarded() {
    return 'in';
  }
  @Post('intercepted') @UseInterceptors(SignedInterceptor) @Authenticated() async intercepted() {
    await nextTurn();
    return { in: true };
  }
  @Get('parameters') @RequirePermissions('orders:read') parameters(
    @CurrentPrincipal() principal: Principal,
    @CurrentPrincipal('subject') subject: string,
    @CurrentPrincipal('claims') claims: Record<string, unknown>,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string,
    @Req() { user }: { user: Principal },
  ) {
    return {
      principal,
      subject,
      email: claims['email'],
      covers: permissions.covers('orders:read'),
      token,
      sameUser: user === principal,
      frozen: Object.isFrozen(principal) && Object.isFrozen(principal.roles) && Object.isFrozen(claims),
    };
  }
}

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start({ controllers: [Orders], providers: [OrderService, OwnOrdersGuard, SignedInterceptor] });
  });
  const as = (sub: string, ...roles: string[]) => app.withToken(app.token({ sub, roles }));

  it('knows the caller in a service after awaits', async () => {
    await as('ann').get('/who').expect(200, { subject: 'ann' });
  });

  it.each([
    ['JSON', { name: 'x' }],
    ['a large body', { name: 'x'.repeat(90_000) }],
    ['a form', 'name=x'],
  ])('knows the caller of a POST with %s', async (_name, body) => {
    const answer = await as('ann').post('/who').send(body).expect(201);
    expect(answer.body).toMatchObject({ subject: 'ann' });
  });

  it('knows the caller in a guard of the controller, after the global one', async () => {
    await as('ann', 'viewer').get('/guarded').expect(200);
    await as('bob', 'viewer').get('/guarded').expect(403);
    await as('ann').get('/guarded').expect(403);
  });

  it('knows the caller in an interceptor, before and after the handler', async () => {
    await as('ann').post('/intercepted').send({ a: 1 }).expect(201, { in: true, before: 'ann', after: 'ann' });
  });

  it('assert refuses deep in a service as the guard would', async () => {
    await as('ann', 'clerk').post('/approve').send({}).expect(201, { answer: 'approved' });
    const answer = await as('ann', 'viewer').post('/approve').send({}).expect(403);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });

  it('returns what the caller may do', async () => {
    const held = { granted: ['orders:read'], denied: [], revision: 'r1' };
    await as('ann', 'viewer').get('/can/orders:read').expect(200, { can: true, canBoth: true, held, covers: true });
    await as('ann', 'viewer').get('/can/orders:create').expect(200, { can: false, canBoth: false, held, covers: false });
    await as('ann', 'viewer').get('/can/orders:*').expect(200, { can: false, canBoth: false, held, covers: false });
    const answer = await as('ann', 'auditor', 'unknown').get('/can/orders:create').expect(200);
    expect(answer.body).toMatchObject({ can: false, held: { denied: ['orders:create'] } });
  });

  it('knows the caller of a POST whose body comes after its headers were read', async () => {
    const headers = {
      authorization: `Bearer ${app.token({ sub: 'ann' })}`,
      'content-type': 'application/json',
      expect: '100-continue',
    };
    const request = httpRequest({ host: '127.0.0.1', port: portOf(app), path: '/who', method: 'POST', headers });
    request.on('continue', () => request.end('{"name":"late"}'));
    request.flushHeaders();
    expect(await answerOf(request)).toEqual({ subject: 'ann', name: 'late' });
  });

  describe('never mixes up the callers of requests at the same time', () => {
    afterEach(() => jest.restoreAllMocks());
    const callers = Array.from({ length: 50 }, (_, n) => `caller-${n}`);
    const askAll = (tokens: readonly string[]) =>
      Promise.all(
        tokens.map(async (token, n) => {
          const caller = app.withToken(token);
          const { body } = n % 2 === 0 ? await caller.get('/who') : await caller.post('/who').send({ name: 'x' });
          return (body as { subject?: string }).subject;
        }),
      );

    it('with keys at hand', async () => {
      expect(await askAll(callers.map((sub) => app.token({ sub })))).toEqual(callers);
    });

    it('while all of them wait for new keys', async () => {
      app.issuer.rotateKeys();
      afterTheCoolDown();
      expect(await askAll(callers.map((sub) => app.token({ sub })))).toEqual(callers);
    });
  });

  it('has no caller on a public route, also in the next request of a connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const first = await get(app, '/who', agent, { authorization: `Bearer ${app.token({ sub: 'ann', roles: ['viewer'] })}` });
      expect(first).toEqual({ reused: false, body: { subject: 'ann' } });
      expect(await get(app, '/public', agent)).toEqual({ reused: true, body: { subject: 'no caller', can: false } });
      expect(await get(app, '/optional', agent)).toEqual({
        reused: true,
        body: { principal: null, subject: null, granted: [], held: [], token: null },
      });
    } finally {
      agent.destroy();
    }
  });

  it('does not read a token on a public route', async () => {
    await as('ann', 'viewer').get('/public').expect(200, { subject: 'no caller', can: false });
  });

  it('knows the caller where a token is optional and there', async () => {
    const token = app.token({ sub: 'ann', roles: ['viewer'] });
    const { body } = await app.withToken(token).get('/optional').expect(200);
    expect(body).toMatchObject({ subject: 'ann', granted: ['orders:read'], held: ['orders:read'], token });
  });

  it('hands principal, permissions, token and request.user to the handler', async () => {
    const token = app.token({ sub: 'ann', roles: ['viewer', 'viewer', 'x'], scope: 'a b', email: 'ann@acme.test' });
    const { body } = await app.withToken(token).get('/parameters').expect(200);
    expect(body).toEqual({
      principal: expect.objectContaining({
        issuer: 'https://id.acme.test',
        subject: 'ann',
        clientId: 'test-client',
        roles: ['viewer', 'x'],
        scopes: ['a', 'b'],
      }) as unknown,
      subject: 'ann',
      email: 'ann@acme.test',
      covers: true,
      token,
      sameUser: true,
      frozen: true,
    });
  });

  describe('outside of a request', () => {
    it.each<[string, (authz: Authz) => unknown]>([
      ['can', (authz) => authz.can('orders:read')],
      ['assert', (authz) => authz.assert('orders:read')],
      ['permissions', (authz) => authz.permissions()],
      ['principal', (authz) => authz.principal()],
    ])('%s throws and says what to write', (_name, ask) => {
      expect(thrownBy(() => ask(app.app.get(Authz)))).toMatchObject({
        name: 'AuthzConfigError',
        code: 'AUTHZ_NO_REQUEST',
        message:
          'Authz was asked outside of a request, so there is no current caller. Write (await authz.for(principal)).can(...), ' +
          'or run the work with authz.runAs(principal, work). Within a request, inject Authz: app.get(Authz) finds the caller only if something injects Authz.',
      });
    });

    it('for() returns the permissions of a principal', async () => {
      const clerk: Principal = {
        issuer: 'https://id.acme.test',
        subject: 'job',
        clientId: undefined,
        tenant: undefined,
        roles: ['auditor'],
        scopes: [],
        actors: [],
        expiresAt: 0,
        claims: {},
      };
      const caller = await app.app.get(Authz).for(clerk);
      expect([caller.can('orders:read'), caller.can('orders:create'), caller.can('orders:read', 'orders:items:read')]).toEqual([
        true,
        false,
        true,
      ]);
      expect(caller.principal()).toBe(clerk);
      expect(caller.permissions()).toBeInstanceOf(PermissionSet);
      expect(() => caller.assert('orders:read')).not.toThrow();
      expect(() => caller.assert('orders:create')).toThrow(AuthzRefusedException);
      expect(thrownBy(() => caller.assert('orders:create'))).toMatchObject({ reason: 'permission_denied', status: 403 });
    });

    it('a failing provider is a 503, not a 403', async () => {
      const provider = { permissionsFor: () => Promise.reject(new Error('down')) };
      const failing = await start({ controllers: [Orders], providers: [OrderService] }, { mapping: { provider } });
      const principal = { roles: [] } as unknown as Principal;
      const caller = await failing.app.get(Authz).for(principal);
      for (const ask of [() => caller.can('a:b'), () => caller.assert('a:b'), () => caller.permissions()])
        expect(thrownBy(ask)).toMatchObject({ reason: 'mapping_unavailable', status: 503 });
    });
  });
});

/** Returns the caller of the current request, however Authz was injected. */
abstract class Asker {
  abstract may(): boolean | Promise<boolean>;
}

@Controller()
class Shop {
  constructor(private readonly asker: Asker) {}
  @Get('may') @Authenticated() async may() {
    return { may: await this.asker.may() };
  }
}

@Injectable()
class ByConstructor implements Asker {
  constructor(readonly authz: Authz) {}
  may() {
    return this.authz.can('orders:read');
  }
}
@Injectable()
class ByToken extends ByConstructor {
  constructor(@Inject(Authz) authz: never) {
    super(authz);
  }
}
@Injectable()
class ByReference extends ByConstructor {
  constructor(@Inject(forwardRef(() => Authz)) authz: never) {
    super(authz);
  }
}
@Injectable()
class ByInheritedConstructor extends ByConstructor {}
@Injectable()
class ByProperty implements Asker {
  @Inject() readonly authz!: Authz;
  may() {
    return this.authz.can('orders:read');
  }
}
@Injectable()
class ByInheritedProperty extends ByProperty {}
@Injectable({ scope: Scope.REQUEST })
class PerRequest extends ByConstructor {}
@Injectable({ scope: Scope.TRANSIENT })
class PerInjection extends ByConstructor {}
@Injectable()
class ByModuleRef implements Asker {
  constructor(private readonly modules: ModuleRef) {}
  may() {
    return this.modules.get(Authz, { strict: false }).can('orders:read');
  }
}
@Module({ providers: [ByConstructor] })
class LoadedLater {}
@Injectable()
class ByLazyModule implements Asker {
  constructor(private readonly loader: LazyModuleLoader) {}
  async may() {
    return (await this.loader.load(() => LoadedLater)).get(ByConstructor).may();
  }
}
const heldByModule = { may: () => false };
@Module({ providers: [{ provide: Asker, useValue: heldByModule }], exports: [Asker] })
class ByModule {
  constructor(authz: Authz) {
    heldByModule.may = () => authz.can('orders:read');
  }
}

@Module({})
class Feature {}

const asker = (provider: object) => ({ provide: Asker, ...provider }) as Provider;
const ask = (authz: Authz) => ({ may: () => authz.can('orders:read') });

@Injectable()
class MayGuard implements CanActivate {
  constructor(private readonly authz: Authz) {}
  canActivate() {
    return this.authz.can('orders:read');
  }
}
@Injectable()
class MayInterceptor implements NestInterceptor {
  constructor(private readonly authz: Authz) {}
  intercept(_: unknown, next: CallHandler) {
    return next.handle().pipe(map(() => ({ may: this.authz.can('orders:read') })));
  }
}
@Injectable({ scope: Scope.REQUEST })
class MayInterceptorPerRequest extends MayInterceptor {}
@Injectable()
class MayPipe implements PipeTransform {
  constructor(private readonly authz: Authz) {}
  transform() {
    return this.authz.can('orders:read');
  }
}
@Catch(RangeError)
class MayFilter implements ExceptionFilter {
  constructor(
    private readonly authz: Authz,
    private readonly adapters: HttpAdapterHost,
  ) {}
  catch(_: unknown, host: ArgumentsHost) {
    const body = { may: this.authz.can('orders:read') };
    this.adapters.httpAdapter.reply(host.switchToHttp().getResponse(), body, 200);
  }
}

@Controller()
class Plain {
  @Get('may') @Authenticated() may() {
    return {};
  }
}
@Controller()
class Guarded {
  @Get('may') @Authenticated() @UseGuards(MayGuard) may() {
    return { may: true };
  }
}
@Controller()
@UseInterceptors(MayInterceptor)
class Intercepted extends Plain {}
@Controller()
class Piped {
  @Get('may') @Authenticated() may(@Query('x', MayPipe) may: boolean) {
    return { may };
  }
}
@Controller()
class Filtered {
  @Get('may') @Authenticated() @UseFilters(MayFilter) may() {
    throw new RangeError();
  }
}

onBothAdapters(({ start }) => {
  it.each<[string, ModuleMetadata]>([
    ['a constructor', { providers: [asker({ useClass: ByConstructor })] }],
    ['a constructor, by token', { providers: [asker({ useClass: ByToken })] }],
    ['a constructor, by forwardRef()', { providers: [asker({ useClass: ByReference })] }],
    ['a constructor that is inherited', { providers: [asker({ useClass: ByInheritedConstructor })] }],
    ['a property', { providers: [asker({ useClass: ByProperty })] }],
    ['a property that is inherited', { providers: [asker({ useClass: ByInheritedProperty })] }],
    ['a provider of each request', { providers: [asker({ useClass: PerRequest })] }],
    ['a provider of each injection', { providers: [asker({ useClass: PerInjection })] }],
    ['a factory', { providers: [asker({ useFactory: ask, inject: [Authz] })] }],
    ['a factory that can do without', { providers: [asker({ useFactory: ask, inject: [{ token: Authz, optional: true }] })] }],
    ['another name', { providers: [{ provide: 'authz', useExisting: Authz }, asker({ useFactory: ask, inject: ['authz'] })] }],
    ['ModuleRef', { providers: [asker({ useClass: ByModuleRef })] }],
    ['LazyModuleLoader', { providers: [asker({ useClass: ByLazyModule })] }],
    ['a module', { imports: [ByModule] }],
    ['a dynamic module', { imports: [{ module: Feature, providers: [asker({ useClass: ByConstructor })], exports: [Asker] }] }],
    ['a guard', { controllers: [Guarded] }],
    ['an interceptor', { controllers: [Intercepted] }],
    ['a global interceptor', { controllers: [Plain], providers: [{ provide: APP_INTERCEPTOR, useClass: MayInterceptor }] }],
    [
      'a global interceptor of each request',
      { controllers: [Plain], providers: [{ provide: APP_INTERCEPTOR, useClass: MayInterceptorPerRequest }] },
    ],
    ['a pipe', { controllers: [Piped] }],
    ['an exception filter', { controllers: [Filtered] }],
  ])('knows the caller where it is injected through %s alone', async (_how, metadata) => {
    const app = await start({ controllers: [Shop], ...metadata });
    await app.as('viewer').get('/may').expect(200, { may: true });
    const { body } = await app.as().get('/may');
    expect(body).not.toMatchObject({ may: true });
  });

  it('knows the caller where it is injected into middleware alone, once the response is sent', async () => {
    const served = new Subject<string | undefined>();
    @Injectable()
    class AccessLog implements NestMiddleware {
      constructor(private readonly authz: Authz) {}
      use(_: unknown, response: ServerResponse, next: () => void) {
        response.on('finish', () => served.next(this.authz.principal()?.subject));
        next();
      }
    }
    @Module({ controllers: [Plain] })
    class AppModule implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        consumer.apply(AccessLog).forRoutes('*path');
      }
    }
    const app = await start({ imports: [AppModule] });
    const caller = firstValueFrom(served);
    await app
      .withToken(app.token({ sub: 'ann' }))
      .get('/may')
      .expect(200);
    expect(await caller).toBe('ann');
  });

  it('does not follow requests where nothing injects it, and says so to who got it from the application', async () => {
    @Controller()
    class Asking {
      @Get('may') @RequirePermissions('orders:read') may(@CurrentPrincipal('subject') subject: string) {
        return { subject, error: thrownBy(() => app.app.get(Authz).can('orders:read')) };
      }
    }
    const app = await start({ controllers: [Asking] });
    const { body } = await app
      .withToken(app.token({ sub: 'ann', roles: ['viewer'] }))
      .get('/may')
      .expect(200);
    expect(body).toMatchObject({ subject: 'ann', error: { code: 'AUTHZ_NO_REQUEST' } });
  });
});

/** A GET whose connection may be that of the request before. */
async function get(app: AuthzTestApp, path: string, agent: Agent, headers: Record<string, string> = {}) {
  const request = httpRequest({ host: '127.0.0.1', port: portOf(app), path, agent, headers });
  const body = await answerOf(request.end());
  return { reused: request.reusedSocket, body };
}

async function answerOf(request: ClientRequest): Promise<unknown> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => request.on('response', resolve).on('error', reject));
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return JSON.parse(text);
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
