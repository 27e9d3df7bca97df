import { readFileSync } from 'node:fs';
import { Controller, Get, type ExecutionContext } from '@nestjs/common';
import { jest } from '@jest/globals';
import { Authenticator, Possession } from '../../lib/authentication/index.js';
import { PermissionResolver } from '../../lib/authorization/index.js';
import { REPORT_MODE } from '../../lib/authorization/trial/report-mode.js';
import {
  AccessToken,
  Authenticated,
  Authz,
  AuthzGuard,
  AuthzMode,
  CurrentPermissions,
  CurrentPrincipal,
  fileMapping,
  OptionalAuth,
  Public,
  REFUSAL_REASONS,
  RequireAuthContext,
  RequirePermissions,
  RequirePolicy,
  RequireRoles,
  RequireScopes,
  Resource,
  Revocations,
  type AuthzModuleOptions,
  type PermissionSet,
  type Principal,
  type RefusalReason,
} from '../../lib/index.js';
import type { PermissionResolution } from '../../lib/mapping/index.js';
import { MappingServerModule, RevocationServerModule } from '../../lib/servers/mapping-server/index.js';
import { StubIssuer, type AuthzTestApp } from '../../lib/testing/index.js';
import { newKey } from '../unit/sources/http-bundle/signing-key.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { rawRequest } from './raw-request.js';
import { OrderById, provider, Told } from './resources/orders.js';

@Controller('orders')
class Orders {
  constructor(private readonly authz: Authz) {}

  @Get() @RequirePermissions('orders:read') list() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('role') @RequirePermissions('orders:read') @RequireRoles('boss') role() {
    return 'in';
  }
  @Get('scope') @RequireScopes('orders.write') scope() {
    return 'in';
  }
  @Get('strong') @RequireAuthContext({ acr: ['mfa'] }) strong() {
    return 'in';
  }
  @Get('me') @Authenticated() me() {
    return 'in';
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
  @Get('enforced') @AuthzMode('enforce') @RequirePermissions('orders:read') enforced() {
    return 'in';
  }
  @Get('enforced/undecorated') @AuthzMode('enforce') enforcedUndecorated() {
    return 'in';
  }
  @Get('optional') @OptionalAuth() optional() {
    return 'in';
  }
  @Get('public') @Public() public() {
    return 'in';
  }
  @Get('caller') @RequirePermissions('orders:create') caller(
    @CurrentPrincipal() principal: Principal | undefined,
    @CurrentPrincipal('subject') subject: string | undefined,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string | undefined,
  ) {
    const { authz } = this;
    const known = [principal, subject, token, authz.principal(), authz.accessToken()].filter((each) => each !== undefined);
    return { known: known.length, granted: permissions.granted, may: authz.can('orders:create'), hasCall: authz.hasCall() };
  }
  @Get('asserts') @RequirePermissions('orders:create') asserts() {
    this.authz.assert('orders:create');
    return 'in';
  }
}

@Controller('orders')
class OneOrder {
  @Get('update/:id') @RequirePermissions('orders:update') @Resource(OrderById) update() {
    return 'in';
  }
  @Get('update') @RequirePermissions('orders:update') updateAny() {
    return 'in';
  }
  @Get('policy/:policy') @RequirePolicy(Told) policy() {
    return 'in';
  }
}

/** The table of the README: what happens, and to which reasons. */
function readmeTable(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync('lib/authorization/README.md', 'utf8');
  const table = /\| the guard .*\n\| -.*\n((?:\|.*\n)+)/.exec(text)?.[1] ?? '';
  const rows = table.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [, what = '', reasons = ''] = row.split('|');
      return [what.trim(), [...reasons.matchAll(/`(\w+)`/g)].map(([, reason]) => reason ?? '')];
    }),
  );
}

/** What the code makes of each row. */
const KINDS: readonly (readonly [row: RegExp, kind: (typeof REPORT_MODE)[RefusalReason]])[] = [
  [/^lets through only if `reportAlso`/, 'reportAlso'],
  [/^lets through/, 'reported'],
  [/^refuses: /, 'refused'],
];
const kindOf = (row: string) => KINDS.find(([pattern]) => pattern.test(row))?.[1];

describe('the table of report mode', () => {
  it('has each reason of refusal in one row', () => {
    expect([...readmeTable().values()].flat().sort()).toEqual([...REFUSAL_REASONS].sort());
  });

  it('says what the code does', () => {
    const written = [...readmeTable()].flatMap(([row, reasons]) => reasons.map((reason) => [reason, kindOf(row)]));
    expect(Object.fromEntries(written)).toEqual(REPORT_MODE);
  });
});

/** Has a step of the guard end in a reason. What leads there in earnest is tested where the step is. */
type Cause = (app: AuthzTestApp, reason: RefusalReason) => Promise<number> | number;

const withToken = async (app: AuthzTestApp, path = '/orders'): Promise<number> => (await app.as('viewer').get(path)).status;

const byToken: Cause = async (app, reason) => {
  const spy = jest
    .spyOn(app.app.get(Authenticator, { strict: false }), 'authenticate')
    .mockReturnValue({ reason, finding: { kind: 'unverified' } });
  return withToken(app).finally(() => spy.mockRestore());
};
const byRevocations: Cause = async (app, reason) => {
  const spy = jest.spyOn(app.app.get(Revocations), 'check').mockReturnValue(reason);
  return withToken(app).finally(() => spy.mockRestore());
};
const byPossession: Cause = async (app, reason) => {
  const spy = jest
    .spyOn(app.app.get(Possession, { strict: false }), 'check')
    .mockReturnValue({ reason } as ReturnType<Possession['check']>);
  return withToken(app).finally(() => spy.mockRestore());
};
const byMapping: Cause = async (app, failure) => {
  const resolution = { failure, detail: 'down' } as PermissionResolution;
  const spy = jest.spyOn(app.app.get(PermissionResolver, { strict: false }), 'resolve').mockReturnValue(resolution);
  return withToken(app).finally(() => spy.mockRestore());
};
/** A caller whose role grants orders:update under a condition over the order. */
const byCondition =
  (path: string): Cause =>
  async (app) => {
    const resolution = { permissions: provider.permissionsFor(['clerk']) };
    const spy = jest.spyOn(app.app.get(PermissionResolver, { strict: false }), 'resolve').mockReturnValue(resolution);
    return withToken(app, path).finally(() => spy.mockRestore());
  };
const byPath =
  (path: string, role = 'viewer'): Cause =>
  async (app) =>
    (await app.as(role).get(path)).status;

const CAUSES: Partial<Record<RefusalReason, Cause>> = {
  token_missing: async (app) => (await app.anonymous().get('/orders')).status,
  request_malformed: async (app) =>
    (await rawRequest(app, 'GET /orders', ['Authorization: Bearer a.b.c', 'Authorization: Bearer a.b.c'])).status,
  binding_mismatch: byPossession,
  proof_invalid: byPossession,
  token_revoked: byRevocations,
  token_not_fresh: byRevocations,
  revocations_unavailable: byRevocations,
  revocations_stale: byRevocations,
  authentication_insufficient: byPath('/orders/strong'),
  no_requirement: byPath('/orders/undecorated'),
  permission_missing: byPath('/orders/create'),
  permission_denied: byPath('/orders/create', 'auditor'),
  condition_unmet: byCondition('/orders/update/other'),
  resource_required: byCondition('/orders/update'),
  resource_not_found: byCondition('/orders/update/missing'),
  resource_unavailable: byCondition('/orders/update/throws'),
  policy_denied: byPath('/orders/policy/false'),
  indeterminate: byPath('/orders/policy/throws'),
  role_missing: byPath('/orders/role'),
  scope_missing: byPath('/orders/scope'),
  claim_unreadable: async (app) =>
    (await app.withToken(app.issuer.token({ iss: OPTIONS.issuer, aud: 'orders', roles: 7 as never })).get('/orders')).status,
  mapping_unavailable: byMapping,
  mapping_stale: byMapping,
  mapping_timeout: byMapping,
  mapping_invalid: byMapping,
  context_unknown: (app) => {
    const context = { getType: () => 'carrier-pigeon', getArgs: () => [], getClass: () => Orders, getHandler: () => orderList() };
    try {
      void app.app.get(AuthzGuard).canActivate(context as unknown as ExecutionContext);
      return 200;
    } catch (error) {
      return (error as { getStatus(): number }).getStatus();
    }
  },
};
const orderList = () => Object.getOwnPropertyDescriptor(Orders.prototype, 'list')?.value as () => void;

const REPORT: Partial<AuthzModuleOptions> = { mode: 'report' };

onBothAdapters(({ start }) => {
  describe('report mode, by its table', () => {
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await start({ controllers: [Orders, OneOrder], providers: [OrderById, Told] }, REPORT, new CapturedLog().here);
    });

    it.each([...readmeTable()].flatMap(([row, reasons]) => reasons.map((reason) => [row, reason] as const)))(
      '%s: %s',
      async (row, name) => {
        const reason = name as RefusalReason;
        const status = await (CAUSES[reason] ?? byToken)(app, reason);
        if (kindOf(row) === 'reported') expect(status).toBe(200);
        else expect([400, 401, 403, 404, 503]).toContain(status);
      },
    );
  });

  describe('reportAlso', () => {
    const CALLS = {
      'valid token, handler without a decorator': ['/orders/undecorated', 'viewer'],
      'no token, handler with `@Authenticated()`': ['/orders/me', undefined],
      'no token, handler that requires permissions': ['/orders', undefined],
      'no token, handler without a decorator': ['/orders/undecorated', undefined],
      'no token, handler that requires a permission and a role': ['/orders/role', undefined],
      'no token, handler that requires a scope': ['/orders/scope', undefined],
      'no token, handler that requires step-up': ['/orders/strong', undefined],
      'no token, enforced handler': ['/orders/enforced', undefined],
      'valid token, enforced handler without a decorator': ['/orders/enforced/undecorated', 'viewer'],
      'no token, enforced handler without a decorator': ['/orders/enforced/undecorated', undefined],
      'valid token without the role': ['/orders/role', 'viewer'],
      'no token, @OptionalAuth()': ['/orders/optional', undefined],
      'no token, @Public()': ['/orders/public', undefined],
    } as const;
    const SAME = [401, 401, 401, 401, 403, 401, 403, 200, 200];

    it.each<[AuthzModuleOptions['reportAlso'], number[]]>([
      [undefined, [403, 401, 401, 401, ...SAME]],
      [['no_requirement'], [200, 401, 401, 401, ...SAME]],
      [['token_missing'], [403, 200, 200, 401, ...SAME]],
      [
        ['no_requirement', 'token_missing'],
        [200, 200, 200, 200, ...SAME],
      ],
    ])('%j lets through what its table says', async (reportAlso, expected) => {
      const app = await start(Orders, { ...REPORT, ...(reportAlso && { reportAlso }) }, new CapturedLog().here);
      const statuses: number[] = [];
      for (const [path, role] of Object.values(CALLS))
        statuses.push((await (role === undefined ? app.anonymous() : app.as(role)).get(path)).status);
      expect(Object.fromEntries(Object.keys(CALLS).map((call, at) => [call, statuses[at]]))).toEqual(
        Object.fromEntries(Object.keys(CALLS).map((call, at) => [call, expected[at]])),
      );
    });

    it("with undecorated: 'authenticated' a handler without a decorator is one that requires a token", async () => {
      const undecorated = 'authenticated';
      const both = await start(Orders, { ...REPORT, undecorated, reportAlso: ['no_requirement', 'token_missing'] });
      await both.anonymous().get('/orders/undecorated').expect(200);
      const one = await start(Orders, { ...REPORT, undecorated, reportAlso: ['no_requirement'] });
      await one.anonymous().get('/orders/undecorated').expect(401);
      await one.as('viewer').get('/orders/undecorated').expect(200);
      expect(one.app.get(Authz).diagnostics().report.letThrough).toBe(0);
    });

    describe('with both reasons', () => {
      const log = new CapturedLog();
      let app: AuthzTestApp;
      beforeAll(async () => {
        app = await start(Orders, { ...REPORT, reportAlso: ['no_requirement', 'token_missing'] }, log.here);
      });

      it('says at start what is open', () => {
        expect(log.matching(/^WARN Every call to/)).toEqual([
          expect.stringContaining('Every call to Orders.enforcedUndecorated is refused: '),
        ]);
        expect(log.matching(/^WARN Every valid token opens/)).toEqual([
          expect.stringContaining(
            "Every valid token opens Orders.undecorated: no decorator says what is required, and reportAlso: ['no",
          ),
        ]);
        expect(log.matching(/^WARN Anyone may call/)).toEqual([
          expect.stringContaining(
            'Anyone may call Orders.list, Orders.create, Orders.me, Orders.undecorated, Orders.caller, Orders.asserts without a token: ' +
              "reportAlso: ['token_missing'] lets such calls through, logged and counted.",
          ),
        ]);
      });

      it('names the handlers with a parameter for the caller, which may be undefined', () => {
        expect(log.matching(/^WARN Without a token, /)).toEqual([
          expect.stringContaining('@CurrentPrincipal() and @AccessToken() inject undefined into Orders.caller. '),
        ]);
      });

      it.each([
        ['garbage', () => 'a.b.c'],
        ['an expired token', () => app.token({ roles: ['viewer'], iat: 1, exp: 2 })],
        ['a token for another audience', () => app.token({ roles: ['viewer'], aud: 'billing' })],
        ['a token with a broken signature', () => `${app.token({ roles: ['viewer'] }).slice(0, -6)}AAAAAA`],
        ['a token without a subject', () => app.token({ roles: ['viewer'], sub: undefined })],
      ])('still refuses %s, on every handler', async (_what, token) => {
        for (const path of ['', '/me', '/undecorated', '/optional'])
          await app.withToken(token()).get(`/orders${path}`).expect(401);
      });

      it('still refuses a token that is not accepted', async () => {
        const stranger = await StubIssuer.start();
        const token = stranger.token({ iss: OPTIONS.issuer, aud: 'orders', roles: ['admin'] });
        await app.withToken(token).get('/orders/undecorated').expect(401);
        await stranger.stop();
      });

      it('a call without a token has no caller, as after @OptionalAuth()', async () => {
        const noCaller = { known: 0, granted: [], may: false, hasCall: true };
        await app.anonymous().get('/orders/caller').expect(200, noCaller);
        await app.anonymous().get('/orders/asserts').expect(401);
        const basic = app.anonymous().get('/orders/caller').set('Authorization', 'Basic YWxpY2U6eA==');
        await basic.expect(200, noCaller);
      });

      it('a caller with a token is known where no decorator says anything', async () => {
        await app
          .as('viewer')
          .get('/orders/caller')
          .expect(200, { known: 5, granted: ['orders:read'], may: false, hasCall: true });
      });

      it('logs each handler and reason once and counts all', async () => {
        for (let n = 0; n < 5; n++) {
          await app.anonymous().get('/orders/me').expect(200);
          await app.as('viewer').get('/orders/undecorated').expect(200);
        }
        await app.as('admin').get('/orders/undecorated').expect(200);
        expect(log.matching(/^WARN Orders\.me /)).toEqual([
          expect.stringContaining('Orders.me let through in report mode: token_missing'),
        ]);
        expect(log.matching(/^WARN Orders\.undecorated .*no_requirement/)).toEqual([
          expect.stringContaining('no_requirement; roles ["viewer"]; mapping revision "r1"'),
          expect.stringContaining('no_requirement; roles ["viewer","admin"]; mapping revision "r1"'),
        ]);
        const { report } = app.app.get(Authz).diagnostics();
        expect(report.handlers).toContainEqual({ handler: 'Orders.me', letThrough: 5, reasons: { token_missing: 5 }, roles: [] });
        expect(report.handlers.find(({ handler }) => handler === 'Orders.undecorated')).toMatchObject({
          reasons: { no_requirement: 6 },
          roles: ['viewer', 'admin'],
        });
        expect(report.handlers.map(({ handler }) => handler)).not.toContain('Orders.enforced');
      });
    });

    it('concerns only what is in report mode', async () => {
      @Controller('old')
      @AuthzMode('report')
      class Old {
        @Get() list() {
          return 'in';
        }
      }
      const app = await start({ controllers: [Orders, Old] }, { reportAlso: ['no_requirement', 'token_missing'] });
      await app.anonymous().get('/old').expect(200);
      await app.anonymous().get('/orders').expect(401);
      await app.as('viewer').get('/orders/undecorated').expect(403);
    });

    it('opens nothing of what this library itself serves', async () => {
      const { key: signingKey } = newKey('k1');
      const signing = { signingKey, kid: 'k1' };
      const app = await start(
        {
          imports: [
            MappingServerModule.forRoot({
              source: fileMapping('test/e2e/mapping.yaml'),
              issuer: 'https://authority.acme.test',
              validForSeconds: 3600,
              ...signing,
            }),
            RevocationServerModule.forRoot(signing),
          ],
        },
        {
          ...REPORT,
          reportAlso: ['no_requirement', 'token_missing'],
          maxTokenLifetimeSeconds: 600,
          revocation: { feed: null },
        },
        new CapturedLog().here,
      );
      for (const path of ['/mapping', '/mapping/revisions', '/mapping/changes', '/revocations', '/revocations/changes']) {
        await app.anonymous().get(path).expect(401);
        await app.as('viewer').get(path).expect(403);
      }
      await app.anonymous().post('/revocations').send({ revocations: [] }).expect(401);
      await app.as('viewer').post('/revocations').send({ revocations: [] }).expect(403);
    });

    it.each<[string, unknown, RegExp]>([
      [
        'another reason',
        ['role_missing'],
        /must be a list of 'no_requirement' .* and 'token_missing' .*, got \["role_missing"\]\./,
      ],
      ['a misspelt reason', ['token_mising'], /Did you mean "token_missing"\?/],
      ['a string', 'token_missing', /must be a list .*, got "token_missing"\./],
      ['true', true, /must be a list .*, got true\./],
      ['null', null, /must be a list .*, got null\./],
      ['nothing in a list', [undefined], /must be a list /],
    ])('that is %s stops the start with one message', async (_what, reportAlso, message) => {
      await expect(start(Orders, { ...REPORT, reportAlso: reportAlso as never })).rejects.toMatchObject({
        code: 'AUTHZ_REPORT_ALSO',
        message: expect.stringMatching(message) as unknown,
      });
    });

    it('without report mode anywhere stops the start and says what to write', async () => {
      await expect(start(Orders, { reportAlso: ['token_missing'] })).rejects.toMatchObject({
        code: 'AUTHZ_REPORT_ALSO',
        message: expect.stringMatching(
          /names token_missing, but no handler is in report mode\. Write mode: 'report' .*@AuthzMode\('report'\)/,
        ) as unknown,
      });
      await start(Orders, { reportAlso: [] });
    });
  });
});
