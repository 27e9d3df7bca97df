import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  Req,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type NestInterceptor,
} from '@nestjs/common';
import { jest } from '@jest/globals';
import { defer, map, type Observable } from 'rxjs';
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
    return { subject: (await this.orders.whoAsks()) ?? 'nobody', can: this.authz.can('orders:read') };
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

  it('answers what the caller may do', async () => {
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

  it('knows nobody on a public route, also in the next request of a connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const first = await get(app, '/who', agent, { authorization: `Bearer ${app.token({ sub: 'ann', roles: ['viewer'] })}` });
      expect(first).toEqual({ reused: false, body: { subject: 'ann' } });
      expect(await get(app, '/public', agent)).toEqual({ reused: true, body: { subject: 'nobody', can: false } });
      expect(await get(app, '/optional', agent)).toEqual({
        reused: true,
        body: { principal: null, subject: null, granted: [], held: [], token: null },
      });
    } finally {
      agent.destroy();
    }
  });

  it('does not read a token on a public route', async () => {
    await as('ann', 'viewer').get('/public').expect(200, { subject: 'nobody', can: false });
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
          'Authz was asked outside of a request, so there is no current caller. Write (await authz.for(principal)).can(...) instead.',
      });
    });

    it('for() answers for a principal', async () => {
      const clerk: Principal = {
        issuer: 'https://id.acme.test',
        subject: 'job',
        clientId: undefined,
        tenant: undefined,
        roles: ['auditor'],
        scopes: [],
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

    it('a provider that fails is told as such, not as a no', async () => {
      const provider = { permissionsFor: () => Promise.reject(new Error('down')) };
      const failing = await start({ controllers: [Orders], providers: [OrderService] }, { mapping: { provider } });
      const principal = { roles: [] } as unknown as Principal;
      const caller = await failing.app.get(Authz).for(principal);
      for (const ask of [() => caller.can('a:b'), () => caller.assert('a:b'), () => caller.permissions()])
        expect(thrownBy(ask)).toMatchObject({ reason: 'mapping_unavailable', status: 503 });
    });
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
