import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Injectable, Module, type INestApplicationContext, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import {
  Authenticated,
  Authz,
  AuthzConfigError,
  AuthzModule,
  AuthzRefusedException,
  CurrentPrincipal,
  RequirePermissions,
  Revocations,
  type AuthzModuleOptions,
  type CallerAuthz,
  type LocalPrincipal,
  type Principal,
} from '../../../lib/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';

const NIGHTLY = { subject: 'nightly-report', roles: ['clerk'] } satisfies LocalPrincipal;
const REVOCABLE = { ...OPTIONS, maxTokenLifetimeSeconds: 86_400, revocation: { feed: null } } satisfies AuthzModuleOptions;

/** A service that does not know the origin of its work. */
@Injectable()
class Orders {
  constructor(private readonly authz: Authz) {}

  /** The principal of the work, read after an await. */
  async whoWorks(turnCount = 1): Promise<string | undefined> {
    await turns(turnCount);
    return this.authz.principal()?.subject;
  }
  async create(): Promise<string> {
    await turns();
    this.authz.assert('orders:create');
    return 'created';
  }
}

@Module({})
class Root {}

/** An application without a web framework, like a command or a worker. */
async function context(metadata: ModuleMetadata = {}, options: AuthzModuleOptions = REVOCABLE) {
  const imports = [AuthzModule.forRoot(options), ...(metadata.imports ?? [])];
  const log = new CapturedLog();
  const root = { module: Root, ...metadata, imports, providers: [Orders, ...(metadata.providers ?? [])] };
  const quiet = { logger: log, abortOnError: false };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- a class by name; Nest takes any object
  const app = await NestFactory.createApplicationContext(root, quiet);
  running.push(app);
  return { app, log, authz: app.get(Authz), orders: app.get(Orders) };
}
const running: INestApplicationContext[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

const reasonOf = (thrown: unknown): string => (thrown as AuthzRefusedException).reason;

/** A caller's principal, as a handler would put it into a queue. */
const callers = new WeakMap<object, Principal>();
const caller = (subject: string, more: Partial<Principal> = {}): Principal => ({
  issuer: 'https://id.acme.test',
  subject,
  clientId: undefined,
  tenant: undefined,
  roles: ['viewer'],
  scopes: [],
  actors: [],
  expiresAt: nowSeconds() + 300,
  claims: { iat: nowSeconds() - 10 },
  ...more,
});

describe('in an application without a web framework', () => {
  it('starts, and logs what it guards', async () => {
    const { log } = await context();
    expect(log.matching(/Guarding 0 routes/)).toHaveLength(1);
    expect(log.matching(/^(WARN|ERROR)/)).toEqual([]);
  });

  it('runs work with the permissions that the mapping gives to its roles', async () => {
    const { authz, orders } = await context();
    const seen = await authz.runAs(NIGHTLY, async () => ({
      created: await orders.create(),
      who: await orders.whoWorks(),
      can: [authz.can('orders:read'), authz.can('orders:delete'), authz.can('orders:read', 'orders:delete')],
      granted: authz.permissions().granted,
      token: authz.accessToken(),
      principal: authz.principal(),
    }));
    expect(seen).toEqual({
      created: 'created',
      who: 'nightly-report',
      can: [true, false, false],
      granted: expect.arrayContaining(['orders:read', 'orders:create']),
      token: undefined,
      principal: expect.objectContaining({ subject: 'nightly-report', roles: ['clerk'], actors: [], claims: {} }),
    });
    expect(Object.isFrozen(seen.principal)).toBe(true);
  });

  it('has no principal before and after', async () => {
    const { authz } = await context();
    expect(() => authz.principal()).toThrow(AuthzConfigError);
    await authz.runAs(NIGHTLY, () => undefined);
    expect(() => authz.can('orders:read')).toThrow('authz.runAs(principal, work)');
  });

  it('returns the result of the work, and throws its error', async () => {
    const { authz } = await context();
    expect(await authz.runAs(NIGHTLY, () => 7)).toBe(7);
    await expect(
      authz.runAs(NIGHTLY, () => {
        throw new RangeError('no paper');
      }),
    ).rejects.toThrow(RangeError);
    await expect(authz.runAs(NIGHTLY, () => Promise.reject(new RangeError('no paper')))).rejects.toThrow('no paper');
  });

  it('refuses what the roles do not grant', async () => {
    const { authz, orders } = await context();
    const refused = await authz
      .runAs({ ...NIGHTLY, roles: ['auditor'] }, () => orders.create())
      .catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(AuthzRefusedException);
    expect(refused).toMatchObject({ reason: 'permission_denied', status: 403 });
    await expect(authz.runAs({ ...NIGHTLY, roles: ['unknown'] }, () => orders.create())).rejects.toMatchObject({
      reason: 'permission_missing',
    });
    await expect(authz.runAs({ ...NIGHTLY, roles: [] }, () => authz.can('orders:read'))).resolves.toBe(false);
  });

  it('uses the inner principal inside another run, and the outer one afterwards', async () => {
    const { authz, orders } = await context();
    const seen = await authz.runAs(NIGHTLY, async () => [
      await orders.whoWorks(),
      await authz.runAs({ subject: 'clean-up', roles: [] }, () => orders.whoWorks()),
      await authz.runAs({ subject: 'broken', roles: [] }, () => orders.create()).catch(() => orders.whoWorks()),
      await orders.whoWorks(),
    ]);
    expect(seen).toEqual(['nightly-report', 'clean-up', 'nightly-report', 'nightly-report']);
  });

  it('accepts its own principal again, whatever was revoked', async () => {
    const { app, authz, orders } = await context();
    await app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
    const again = () => authz.runAs(authz.principal()!, () => orders.whoWorks());
    expect(await authz.runAs(NIGHTLY, again)).toBe('nightly-report');
  });

  it('never mixes up concurrent work', async () => {
    const { authz, orders } = await context();
    const names = Array.from({ length: 100 }, (_, number) => `job-${number}`);
    const work = (subject: string, n: number) => authz.runAs({ subject, roles: [] }, () => orders.whoWorks(n % 7));
    expect(await Promise.all(names.map(work))).toEqual(names);
  });

  it('throws 503 if no permissions are available', async () => {
    const provider = { permissionsFor: () => Promise.reject(new Error('database is down')) };
    const { authz } = await context({}, { ...REVOCABLE, mapping: { provider } });
    const seen = await authz.runAs(NIGHTLY, () => {
      expect(() => authz.can('orders:read')).toThrow(AuthzRefusedException);
      expect(() => authz.permissions()).toThrow('Access cannot be decided at the moment');
      return authz.principal()?.subject;
    });
    expect(seen).toBe('nightly-report');
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'got nothing.'],
    ['null', null, 'got null.'],
    ['a name', 'nightly', 'got "nightly".'],
    ['a list', [NIGHTLY], 'got ['],
    ['no subject', { roles: ['clerk'] }, 'got an object with "roles".'],
    ['an empty subject', { subject: '', roles: [] }, 'got an object with "subject", "roles".'],
    ['no roles', { subject: 'job' }, 'got an object with "subject".'],
    ['one role as a string', { subject: 'job', roles: 'clerk' }, 'got an object'],
    ['a role that is not a string', { subject: 'job', roles: [7] }, 'got an object'],
    ['an empty role', { subject: 'job', roles: [''] }, 'got an object'],
    ['a scope that is not a string', { subject: 'job', roles: [], scopes: [null] }, 'got an object'],
    ['a tenant that is not a string', { subject: 'job', roles: [], tenant: 7 }, 'got an object'],
    ['an unknown option', { ...NIGHTLY, permissions: ['orders:delete'] }, 'has no option "permissions"'],
    ['claims without the rest of a principal', { ...NIGHTLY, claims: {} }, 'got an object with "subject", "roles", "claims".'],
    ['claims that are not an object', { ...caller('ann'), claims: 'secret' }, 'got an object'],
  ])('refuses %s before the work starts, and repeats none of its values', async (_what, who, message) => {
    const { authz } = await context();
    let hasBegun = false;
    const refused = await authz.runAs(who as LocalPrincipal, () => (hasBegun = true)).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(AuthzConfigError);
    expect((refused as Error).message).toContain(message);
    expect((refused as Error).message).not.toContain('secret');
    expect(hasBegun).toBe(false);
  });

  describe('for a caller', () => {
    it("runs with the caller's roles, also if the principal was stored as JSON meanwhile", async () => {
      const { authz, orders } = await context();
      const kept = JSON.parse(JSON.stringify(caller('ann'))) as Principal;
      const work = async () => [await orders.whoWorks(), authz.can('orders:read'), authz.can('orders:create')];
      expect(await authz.runAs(kept, work)).toEqual(['ann', true, false]);
    });

    it('refuses a caller whose token was revoked meanwhile', async () => {
      const { app, authz, orders } = await context();
      await app.get(Revocations).revoke({ kind: 'subject', value: 'ann' });
      await expect(authz.runAs(caller('ann'), () => orders.whoWorks())).rejects.toMatchObject({
        reason: 'token_revoked',
        status: 401,
      });
      expect(await authz.runAs(caller('bob'), () => orders.whoWorks())).toBe('bob');
    });

    it('continues work whose token has expired since', async () => {
      const { authz, orders } = await context();
      expect(await authz.runAs(caller('ann', { expiresAt: nowSeconds() - 60 }), () => orders.whoWorks())).toBe('ann');
    });
  });

  describe('for() with a stored principal', () => {
    const questions: readonly ((asked: CallerAuthz) => unknown)[] = [
      (asked) => asked.can('orders:read'),
      (asked) => {
        asked.assert('orders:read');
      },
      (asked) => asked.permissions(),
    ];
    const reasonsOf = (asked: CallerAuthz) =>
      questions.map((ask) => {
        try {
          ask(asked);
          return 'answered';
        } catch (error) {
          return reasonOf(error);
        }
      });

    it('returns permissions, also if the principal was stored as JSON meanwhile', async () => {
      const { authz } = await context();
      const asked = await authz.for(JSON.parse(JSON.stringify(caller('ann'))) as Principal);
      expect([asked.can('orders:read'), asked.can('orders:create')]).toEqual([true, false]);
    });

    it('refuses a caller whose token was revoked meanwhile, also in permissions returned before', async () => {
      const { app, authz } = await context();
      const asked = await authz.for(caller('ann'));
      expect(reasonsOf(asked)).toEqual(['answered', 'answered', 'answered']);
      await app.get(Revocations).revoke({ kind: 'subject', value: 'ann' });
      await expect(authz.for(caller('ann'))).rejects.toMatchObject({ reason: 'token_revoked', status: 401 });
      expect(reasonsOf(asked)).toEqual(['token_revoked', 'token_revoked', 'token_revoked']);
      expect(asked.principal()?.subject).toBe('ann');
      expect((await authz.for(caller('bob'))).can('orders:read')).toBe(true);
    });

    it('refuses a caller whose token has expired meanwhile, also in permissions returned before', async () => {
      const { authz } = await context();
      const [ended, soon] = [nowSeconds() - 31, nowSeconds() - 29]; // clocks may differ by 30 seconds
      await expect(authz.for(caller('ann', { expiresAt: ended }))).rejects.toMatchObject({
        reason: 'token_expired',
        status: 401,
      });
      const asked = await authz.for(caller('ann', { expiresAt: soon }));
      expect(reasonsOf(asked)).toEqual(['answered', 'answered', 'answered']);
      const now = jest.spyOn(Date, 'now').mockReturnValue((soon + 31) * 1000);
      expect(reasonsOf(asked)).toEqual(['token_expired', 'token_expired', 'token_expired']);
      now.mockRestore();
    });

    it('refuses while revocations are unavailable', async () => {
      const feed = { name: 'a feed that is down', read: () => Promise.reject(new Error('down')) };
      const { authz } = await context({}, { ...REVOCABLE, revocation: { feed } });
      await expect(authz.for(caller('ann'))).rejects.toMatchObject({ status: 503 });
    });

    it('accepts the principal of runAs(), which has no token', async () => {
      const { app, authz } = await context();
      await app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
      const may = await authz.runAs(NIGHTLY, async () => (await authz.for(authz.principal()!)).can('orders:create'));
      expect(may).toBe(true);
    });

    it.each([0, Infinity])('accepts a hand-made principal that expires at %s', async (expiresAt) => {
      const { authz } = await context();
      expect((await authz.for(caller('job', { expiresAt }))).can('orders:read')).toBe(true);
    });
  });

  it('serves a queue consumer: each job runs as the caller who queued it', async () => {
    @Injectable()
    class Consumer {
      readonly done: unknown[] = [];
      constructor(
        private readonly authz: Authz,
        private readonly orders: Orders,
      ) {}
      async consume(job: { readonly by: Principal | LocalPrincipal }): Promise<void> {
        const work = () => this.orders.create();
        this.done.push(await this.authz.runAs(job.by, work).catch(reasonOf));
      }
    }
    const { app } = await context({ providers: [Consumer] });
    const consumer = app.get(Consumer);
    const queue = new EventEmitter().on('job', (job: { by: LocalPrincipal }) => void consumer.consume(job));
    for (const roles of [['clerk'], ['viewer'], ['admin']]) queue.emit('job', { by: { subject: 'importer', roles } });
    queue.emit('job', { by: caller('ann') });
    await until(() => consumer.done.length === 4);
    expect([...consumer.done].sort()).toEqual(['created', 'created', 'permission_missing', 'permission_missing']);
  });

  it('serves a schedule', async () => {
    @Injectable()
    class Jobs {
      readonly seen: unknown[] = [];
      constructor(
        private readonly authz: Authz,
        private readonly orders: Orders,
      ) {}
      @Interval(5) async often(): Promise<void> {
        this.seen.push(await this.authz.runAs(NIGHTLY, () => this.orders.create()));
      }
    }
    const { app } = await context({ imports: [ScheduleModule.forRoot()], providers: [Jobs] });
    const jobs = app.get(Jobs);
    await app.init();
    await until(() => jobs.seen.length >= 3);
    expect(jobs.seen.slice(0, 3)).toEqual(['created', 'created', 'created']);
  });

  it('does not start with a decorated schedule, since no guard runs before it', async () => {
    @Injectable()
    class Jobs {
      @Cron('0 0 1 1 *') @RequirePermissions('orders:delete') yearly(): void {
        expect('called').toBe('never called');
      }
    }
    const starting = context({ imports: [ScheduleModule.forRoot()], providers: [Jobs] });
    await expect(starting).rejects.toMatchObject({
      code: 'AUTHZ_UNENFORCED',
      message: expect.stringMatching(/^No guard runs before Jobs\.yearly, .*authz\.assert\(\)/) as string,
    });
  });

  it('can be tested like it runs', async () => {
    const module = await Test.createTestingModule({ imports: [AuthzModule.forRoot(OPTIONS)], providers: [Orders] }).compile();
    await module.init();
    const work = () => module.get(Orders).create();
    expect(await module.get(Authz).runAs(NIGHTLY, work)).toBe('created');
    await module.close();
  });

  it('starts with gateways to which no client can connect', async () => {
    class Gateway {
      readonly isGateway = true;
    }
    Reflect.defineMetadata('websockets:is_gateway', true, Gateway);
    await expect(context({ providers: [Gateway] })).resolves.toBeDefined();
  });
});

describe('nest-commander', () => {
  const run = (variant: 'plain' | 'decorated') =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const script = fileURLToPath(new URL('commander-app.mjs', import.meta.url));
      const env = { ...process.env, NO_COLOR: '1', VARIANT: variant };
      execFile(process.execPath, [script, 'close-invoices'], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
      );
    });

  it('runs a command as the principal it names, and ends', async () => {
    const { code, output } = await run('plain');
    expect(output).toContain('{"closedBy":"nightly-invoices","refused":"permission_missing"}');
    expect(code).toBe(0);
  });

  it('does not start a decorated command, since no guard runs before it', async () => {
    const { code, output } = await run('decorated');
    expect(output).toContain('No guard runs before CloseInvoices.run');
    expect(output).not.toContain('closedBy');
    expect(code).not.toBe(0);
  });
});

onBothAdapters(({ start }) => {
  @Controller()
  class Reports {
    constructor(
      private readonly authz: Authz,
      private readonly orders: Orders,
    ) {}
    @Get('as-itself') @Authenticated() async asItself(@CurrentPrincipal('subject') subject: string) {
      const during = await this.authz.runAs(NIGHTLY, async () => [await this.orders.create(), await this.orders.whoWorks()]);
      return { subject, during, after: await this.orders.whoWorks(), can: this.authz.can('orders:create') };
    }
    @Get('as-less') @Authenticated() asLess() {
      return this.authz.runAs({ subject: 'preview', roles: ['viewer'] }, () => this.orders.create());
    }
    @Get('later') @Authenticated() later(@CurrentPrincipal() principal: Principal) {
      callers.set(this, principal);
      return {};
    }
  }

  it('runs work as another principal within a request, which then continues as its own caller', async () => {
    const app = await start({ controllers: [Reports], providers: [Orders] });
    const { body } = await app
      .withToken(app.token({ sub: 'ann', roles: ['viewer'] }))
      .get('/as-itself')
      .expect(200);
    expect(body).toEqual({ subject: 'ann', during: ['created', 'nightly-report'], after: 'ann', can: false });
    await app.as('admin').get('/as-less').expect(403);
  });

  it('runs work as the caller after the request has ended', async () => {
    const app = await start({ controllers: [Reports], providers: [Orders] });
    await app
      .withToken(app.token({ sub: 'ann', roles: ['clerk'] }))
      .get('/later')
      .expect(200);
    const principal = callers.get(app.app.get(Reports))!;
    const orders = app.app.get(Orders);
    const seen = app.app.get(Authz).runAs(principal, async () => [await orders.whoWorks(), await orders.create()]);
    expect(await seen).toEqual(['ann', 'created']);
  });
});
