import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import {
  Authenticated,
  AUTHZ_MODULE_OPTIONS,
  AuthzConfigError,
  AuthzGuard,
  AuthzModule,
  AuthzRefusedException,
  CurrentPrincipal,
  fileMapping,
  OptionalAuth,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  type AuthzModuleOptions,
} from '../../lib/index.js';
import { startAuthzApp, StubIssuer } from '../../lib/testing/index.js';
import { fakeOnly } from '../waiting/fake-timers.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list(@CurrentPrincipal('subject') subject: string) {
    return { subject };
  }
}

@Controller('health')
class Health {
  @Get() @Public() health() {
    return 'up';
  }
}

@Injectable()
class Config {
  readonly audience: string = 'orders';
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

@Injectable()
class OptionsFactory {
  constructor(@Inject(Config) private readonly config: Config) {}
  createAuthzOptions(): Promise<AuthzModuleOptions> {
    return Promise.resolve({ ...OPTIONS, audience: this.config.audience });
  }
}

@Module({ imports: [ConfigModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

const MAPPING_FILE = fileURLToPath(new URL('mapping.yaml', import.meta.url));

/** What stopped the start; the start must not succeed. */
async function startError(imports: DynamicModule[] | (() => DynamicModule[])): Promise<AuthzConfigError> {
  const error: unknown = await (async () => {
    const module = Test.createTestingModule({
      imports: typeof imports === 'function' ? imports() : imports,
      controllers: [Orders],
    });
    await (await module.compile()).createNestApplication().init();
  })().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthzConfigError);
  return error as AuthzConfigError;
}

onBothAdapters(({ start, newAdapter, closeLater }) => {
  describe('forRootAsync', () => {
    it.each<[string, () => DynamicModule]>([
      ['useFactory', () => AuthzModule.forRootAsync({ useFactory: () => OPTIONS })],
      [
        'useFactory with imports and inject',
        () =>
          AuthzModule.forRootAsync({
            imports: [ConfigModule],
            inject: [Config],
            useFactory: (config: Config) => Promise.resolve({ ...OPTIONS, audience: config.audience }),
          }),
      ],
      ['useClass', () => AuthzModule.forRootAsync({ imports: [ConfigModule], useClass: OptionsFactory })],
      ['useExisting', () => AuthzModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory })],
    ])('takes the options from %s', async (_name, authz) => {
      const app = closeLater(await startAuthzApp({ imports: [authz()], controllers: [Orders] }, { adapter: newAdapter() }));
      await app.anonymous().get('/orders').expect(401);
      await app.as('viewer').get('/orders').expect(200);
      await app
        .withToken(app.token({ roles: ['viewer'], aud: 'other' }))
        .get('/orders')
        .expect(401);
      expect(app.app.get<AuthzModuleOptions>(AUTHZ_MODULE_OPTIONS)).toMatchObject({ audience: 'orders' });
    });
  });

  it('guards the routes of every module, whichever imports AuthzModule', async () => {
    @Module({ controllers: [Orders] })
    class OrdersModule {}
    @Module({ imports: [OrdersModule], controllers: [Health] })
    class Feature {}
    const app = await start({ imports: [Feature] });
    await app.anonymous().get('/orders').expect(401);
    await app.as('viewer').get('/orders').expect(200);
    await app.anonymous().get('/health').expect(200);
  });

  it('guards routes under a global prefix', async () => {
    const app = await start(Orders, {}, { configure: (nest) => nest.setGlobalPrefix('api') });
    await app.anonymous().get('/api/orders').expect(401);
    await app.as('viewer').get('/api/orders').expect(200);
  });

  it('two applications in one process trust just their own issuers and hold their own mappings', async () => {
    const one = await start(Orders, { issuer: 'https://one.test' });
    const two = await start(Orders, { issuer: 'https://two.test', mapping: { roles: { reader: ['orders:read'] } } });
    const asked = await Promise.all([
      one.as('viewer').get('/orders'),
      two.as('reader').get('/orders'),
      one.as('reader').get('/orders'),
      two.as('viewer').get('/orders'),
      one.withToken(two.token({ roles: ['viewer'] })).get('/orders'),
      two.withToken(one.token({ roles: ['reader'] })).get('/orders'),
      one.withToken(two.token({ roles: ['viewer'], iss: 'https://one.test' })).get('/orders'),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 403, 403, 401, 401, 401]);
  });

  it('AuthzGuard can be overridden in a test', async () => {
    const open = { canActivate: () => true };
    const app = await start(Orders, {}, { override: (builder) => builder.overrideProvider(AuthzGuard).useValue(open) });
    await app.anonymous().get('/orders').expect(200, {});
  });

  it('refuses an execution context that it does not know, also for a public handler', async () => {
    const app = await start({ controllers: [Orders, Health] });
    const guard = app.app.get(AuthzGuard);
    for (const type of ['rpc', 'ws', 'graphql', 'other'])
      for (const [controller, handler] of [
        [Orders, Orders.prototype.list],
        [Health, Health.prototype.health],
      ] as const) {
        const context = new ExecutionContextHost([{}, {}], controller, handler);
        context.setType(type);
        const refused = await Promise.resolve()
          .then(() => guard.canActivate(context))
          .catch((thrown: unknown) => thrown);
        expect(refused).toBeInstanceOf(AuthzRefusedException);
        expect(refused).toMatchObject({ reason: 'context_unknown', status: 403 });
      }
  });

  describe('the log at start', () => {
    @Controller('misc')
    class Misc {
      @Get('a') @RequireAnyPermission('order:read', 'orders:read') a() {
        return 'in';
      }
      @Get('b') @RequirePermissions('order:read', 'invoices:print') b() {
        return 'in';
      }
      @Get('c') c() {
        return 'in';
      }
      @Get('d') @OptionalAuth() d() {
        return 'in';
      }
      @Get('e') @Authenticated() e() {
        return 'in';
      }
      f() {
        return 'no route';
      }
    }
    const mapping = { revision: 'r1', roles: { viewer: ['orders:read'] } };

    it('says in one line what protects what', async () => {
      const log = new CapturedLog();
      await start({ controllers: [Orders, Health, Misc] }, { mapping }, log.here);
      expect(log.matching(/Guarding/)).toEqual([
        'LOG Guarding 7 routes (1 public, 1 with optional authentication); tokens from https://id.acme.test for orders; ' +
          'mapping from static, revision r1 Authz',
      ]);
    });

    it('warns of undecorated handlers, of permissions that no role grants, with the name that was probably meant', async () => {
      const log = new CapturedLog();
      await start({ controllers: [Orders, Health, Misc] }, { mapping }, log.here);
      expect(log.matching(/^WARN/)).toEqual([
        'WARN Every call to Misc.c is refused: no decorator says what is required. ' +
          'Add one such as @RequirePermissions(), @Authenticated() or @Public() to the handler or its class. Authz',
        'WARN No role grants "order:read", required by Misc.a, Misc.b. Did you mean "orders:read"? Authz',
        'WARN No role grants "invoices:print", required by Misc.b. Authz',
      ]);
    });

    it('warns of nothing where all is well', async () => {
      const log = new CapturedLog();
      await start({ controllers: [Orders, Health] }, { audience: null, mapping }, log.here);
      expect(log.matching(/^(WARN|ERROR)/)).toEqual([]);
      expect(log.matching(/for any audience/)).toHaveLength(1);
    });

    it('with a provider of the application, does not claim to know who grants what', async () => {
      const log = new CapturedLog();
      const provider = { permissionsFor: () => [] };
      await start({ controllers: [Orders, Misc] }, { mapping: { provider }, undecorated: 'authenticated' }, log.here);
      expect(log.matching(/^WARN/)).toEqual([]);
      expect(log.matching(/Guarding 6 routes .* mapping from the application's provider/)).toHaveLength(1);
    });
  });

  it('closing the application leaves no timer behind, even in an outage of the issuer', async () => {
    const issuer = await StubIssuer.start();
    issuer.goDown();
    const log = new CapturedLog();
    const options = { ...OPTIONS, issuer: issuer.url, mapping: fileMapping(MAPPING_FILE) };
    fakeOnly(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout']);
    try {
      const module = Test.createTestingModule({ imports: [AuthzModule.forRoot(options)], controllers: [Orders] });
      const nest = (await module.setLogger(log).compile()).createNestApplication(newAdapter());
      await nest.init();
      await log.line(/cannot be fetched/);
      expect(jest.getTimerCount()).toBeGreaterThanOrEqual(2);
      await nest.close();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
      await issuer.stop();
    }
  });
});

describe('options that cannot be meant stop the start with one message that names the option, what came and what to write', () => {
  const rows: [string, unknown, string, string | RegExp][] = [
    [
      'nothing',
      undefined,
      'AUTHZ_OPTIONS',
      'The options of AuthzModule must be an object such as { issuer, audience, mapping }, got nothing.',
    ],
    ['a string', 'https://id.acme.test', 'AUTHZ_OPTIONS', /got "https:\/\/id\.acme\.test"\.$/],
    [
      'a misspelt option',
      { ...OPTIONS, audiences: 'x' },
      'AUTHZ_UNKNOWN_OPTION',
      'AuthzModule has no option "audiences". Did you mean "audience"? Known options: issuer, issuers, audience, mapping, revocation, undecorated, mode, logRefusals, reportAlso, candidate, conditionContext, resourceTimeoutMs, policyTimeoutMs, transports, algorithms, profile, clockToleranceSeconds, maxTokenLifetimeSeconds, maxTokenBytes, tokenFrom, maxRoles, jwksMaxStaleSeconds, verifiedTokens, dpop, protectedResource.',
    ],
    [
      'an option of the issuer',
      { ...OPTIONS, roles: 'realm_access.roles' },
      'AUTHZ_UNKNOWN_OPTION',
      `AuthzModule has no option "roles". It is an option of an issuer: write issuer: { issuer: 'https://id.acme.com', roles: … }, or give it to the preset.`,
    ],
    [
      'no issuer',
      { ...OPTIONS, issuer: undefined },
      'AUTHZ_ISSUER',
      /^"issuer" must be the URL of the token issuer.*got nothing\.$/,
    ],
    [
      'an issuer that is no URL',
      { ...OPTIONS, issuer: 'acme' },
      'AUTHZ_URL',
      /^"issuer" must be an absolute https URL.*got "acme"\.$/,
    ],
    ['an issuer over http', { ...OPTIONS, issuer: 'http://id.acme.test' }, 'AUTHZ_HTTP', /Use https, or write allowHttp: true/],
    [
      'a misspelt member of the issuer',
      { ...OPTIONS, issuer: { issuer: 'https://id.acme.test', jwksUrl: 'https://id.acme.test/jwks' } },
      'AUTHZ_UNKNOWN_OPTION',
      /^"issuer" has no option "jwksUrl"\. Did you mean "jwksUri"\?/,
    ],
    [
      'no audience',
      { ...OPTIONS, audience: undefined },
      'AUTHZ_AUDIENCE',
      /^"audience" is missing\. Write .* or audience: null to/,
    ],
    ['an empty audience', { ...OPTIONS, audience: '' }, 'AUTHZ_LIST', /^"audience" must be a string or .*got ""\.$/],
    ['an empty list of audiences', { ...OPTIONS, audience: [] }, 'AUTHZ_LIST', /got \[\]\.$/],
    ['algorithm none', { ...OPTIONS, algorithms: ['none'] }, 'AUTHZ_ALGORITHMS', /^"algorithms" must list .*got \["none"\]\.$/],
    ['algorithm HS256', { ...OPTIONS, algorithms: ['RS256', 'HS256'] }, 'AUTHZ_ALGORITHMS', /got \["RS256","HS256"\]\.$/],
    ['no algorithm', { ...OPTIONS, algorithms: [] }, 'AUTHZ_ALGORITHMS', /got \[\]\.$/],
    [
      'a long tolerance',
      { ...OPTIONS, clockToleranceSeconds: 3600 },
      'AUTHZ_NUMBER',
      /from 0 to 300 \(default 30\), got 3600\.$/,
    ],
    ['a tolerance of NaN', { ...OPTIONS, clockToleranceSeconds: NaN }, 'AUTHZ_NUMBER', /got NaN\.$/],
    ['a negative tolerance', { ...OPTIONS, clockToleranceSeconds: -1 }, 'AUTHZ_NUMBER', /got -1\.$/],
    [
      'undecorated: public',
      { ...OPTIONS, undecorated: 'public' },
      'AUTHZ_CHOICE',
      /^"undecorated" must be 'deny'.*got "public"\.$/,
    ],
    ['no mapping', { ...OPTIONS, mapping: undefined }, 'AUTHZ_MAPPING_OPTION', /^"mapping" must be .*got nothing\.$/],
    ['a mapping without roles', { ...OPTIONS, mapping: { viewer: [] } }, 'AUTHZ_MAPPING_OPTION', /got \{"viewer":\[\]\}\.$/],
    [
      'a path as mapping',
      { ...OPTIONS, mapping: 'a.yaml' },
      'AUTHZ_MAPPING_OPTION',
      /fileMapping\('mapping\.yaml'\).*got "a\.yaml"\.$/,
    ],
    [
      'faults in the mapping, all of them',
      { ...OPTIONS, mapping: { roles: { a: { inherits: ['b'] }, c: ['ord*'], d: { inherits: ['d'] } } } },
      'AUTHZ_MAPPING',
      /^The mapping from static cannot be used:\n {2}roles\.c\[0\]: .*\n {2}roles\.a\.inherits\[0\]: no role is named "b"\..*\n {2}roles\.d\.inherits: inherits from itself: d → d\.$/,
    ],
    [
      'a provider that is none',
      { ...OPTIONS, mapping: { provider: {} } },
      'AUTHZ_MAPPING_PROVIDER',
      /permissionsFor\(roles, principal\), got \{\}\.$/,
    ],
    [
      'a misspelt option of the provider',
      { ...OPTIONS, mapping: { provider: { permissionsFor: () => [] }, timeout: 5 } },
      'AUTHZ_UNKNOWN_OPTION',
      /^"mapping" has no option "timeout"\./,
    ],
    [
      'no time for the provider',
      { ...OPTIONS, mapping: { provider: { permissionsFor: () => [] }, timeoutMs: 0 } },
      'AUTHZ_NUMBER',
      /^"mapping\.timeoutMs" must be a number of milliseconds from 1 to 60000 \(default 2000\), got 0\.$/,
    ],
  ];
  it.each(rows)('%s', async (_name, options, code, message) => {
    const given = options as AuthzModuleOptions;
    for (const imports of [() => [AuthzModule.forRoot(given)], () => [AuthzModule.forRootAsync({ useFactory: () => given })]]) {
      const error = await startError(imports);
      expect(error.code).toBe(code);
      if (typeof message === 'string') expect(error.message).toBe(message);
      else expect(error.message).toMatch(message);
      expect(error.stack).not.toMatch(/\n\s+at /);
    }
  });

  it('an error of the options factory itself reaches the reader as it is', async () => {
    const useFactory = () => Promise.reject(new Error('no such secret'));
    const module = Test.createTestingModule({ imports: [AuthzModule.forRootAsync({ useFactory })] });
    await expect(module.compile()).rejects.toThrow('no such secret');
  });
});

describe('a process', () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const script = fileURLToPath(new URL('child-app.mjs', import.meta.url));
      execFile(process.execPath, [script, ...args], { env: { ...process.env, NO_COLOR: '1' } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
      );
    });

  it.each(['Express', 'Fastify'])('ends by itself once its application on %s is closed', async (adapter) => {
    const { code, output } = await run('good', adapter);
    expect(output).toContain(
      'Guarding 1 routes (0 public, 0 with optional authentication); tokens from https://acme.test/ for orders',
    );
    expect(code).toBe(0);
  });

  it.each([
    ['no audience', '"audience" is missing.'],
    ['async misspelt', 'AuthzModule has no option "undecorate". Did you mean "undecorated"?'],
    ['no file', 'The mapping from nowhere.yaml cannot be used:'],
    ['contradiction', 'Orders.list is @RequirePermissions("orders:read") and @Public() at once'],
    [
      'preset',
      '"auth0({ domain })" must be a host name such as "acme.eu.auth0.com", without https:// and path, got "https://acme.test".',
    ],
    ['decorator', 'Orders.list: @RequirePermissions("orders:*") must name one or more permissions such as "orders:read"'],
  ])('that cannot start (%s) ends with the message once and without a stack', async (variant, message) => {
    const { code, output } = await run(variant, 'Express');
    expect(code).not.toBe(0);
    expect(output.split(message)).toHaveLength(2);
    expect(output).not.toMatch(/^\s+at /m);
  });
});
