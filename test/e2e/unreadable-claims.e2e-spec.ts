import { Controller, Get, Injectable } from '@nestjs/common';
import fc from 'fast-check';
import {
  Authenticated,
  Authz,
  CurrentPermissions,
  CurrentPrincipal,
  keycloak,
  OptionalAuth,
  RequireAnyRole,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  Revocations,
  type AuthzModuleOptions,
  type IssuerOptions,
  type MappingProvider,
  type PermissionSet,
  type Principal,
} from '../../lib/index.js';
import type { AuthzTestApp, AuthzTestAppOptions } from '../../lib/testing/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

const ISSUER = 'https://id.acme.test';

/** Keeps a caller for later. */
@Injectable()
class Keeper {
  kept!: Principal;
  constructor(private readonly authz: Authz) {}

  can(): boolean {
    return this.authz.can('orders:read');
  }
}

@Controller()
class Orders {
  constructor(
    private readonly authz: Authz,
    private readonly keeper: Keeper,
  ) {}

  @Get('orders') @RequirePermissions('orders:read') list() {
    return 'orders';
  }
  @Get('suspended') @RequireRoles('suspended') suspended() {
    return 'suspended';
  }
  @Get('viewer') @RequireAnyRole('viewer', 'clerk') viewer() {
    return 'viewer';
  }
  @Get('scoped') @RequireScopes('read') scoped() {
    return 'scoped';
  }
  @Get('me') @Authenticated() me(@CurrentPrincipal() principal: Principal, @CurrentPermissions() held: PermissionSet) {
    const { subject, roles, tenant, unreadable = [] } = principal;
    return {
      subject,
      roles,
      tenant,
      unreadable: unreadable.map(({ use }) => use),
      can: this.authz.can('orders:read'),
      held: held.granted,
    };
  }
  @Get('assert') @Authenticated() assert() {
    this.authz.assert('orders:read');
    return 'asserted';
  }
  @Get('kept') @Authenticated() keep(@CurrentPrincipal() principal: Principal) {
    this.keeper.kept = principal;
  }
  @Get('home') @OptionalAuth() home(@CurrentPrincipal() principal: Principal | undefined) {
    return { subject: principal?.subject };
  }
}

/** Grants everybody everything, whatever the roles. */
@Injectable()
class GrantsAll implements MappingProvider {
  asked = 0;
  permissionsFor() {
    this.asked++;
    return ['*'];
  }
}

const MAPPING = {
  roles: { viewer: ['orders:read'], suspended: { deny: ['orders:*'] } },
  tenants: { '42': { roles: { viewer: { deny: ['orders:*'] } } }, acme: { roles: { viewer: { deny: ['orders:*'] } } } },
};
const authz = (issuer: Partial<IssuerOptions> = {}, more: Partial<AuthzModuleOptions> = {}) =>
  ({ issuer: { issuer: ISSUER, ...issuer }, mapping: MAPPING, ...more }) as Partial<AuthzModuleOptions>;
const permissions = (combine: 'union' | 'intersect' | 'only') =>
  ({ tokenPermissions: { claim: 'permissions', combine } }) as const;

/** A token as the issuer writes it, whatever is in its claims. */
const tokenOf = (app: AuthzTestApp, claims: object) => app.issuer.token({ iss: ISSUER, aud: 'orders', ...claims });
const calling = (app: AuthzTestApp, claims: object) => app.withToken(tokenOf(app, claims));
/** Returns the response to a token with these claims. */
const statusOf = async (app: AuthzTestApp, claims: object, path = '/orders') => (await calling(app, claims).get(path)).status;

/** Role claims in forms that the default, a list of strings, does not read. */
const UNREADABLE_ROLES: readonly unknown[] = [
  'suspended',
  'viewer',
  'suspended,viewer',
  '',
  { suspended: true },
  {},
  7,
  true,
  false,
  ['viewer', 7],
  ['viewer', null],
  ['viewer', ''],
  ['viewer', ['suspended']],
  [{ name: 'suspended' }],
  ['viewer', 'x'.repeat(257)],
  Array.from({ length: 501 }, (_, index) => `role-${index}`),
  Array.from({ length: 501 }, () => 'viewer'),
];

onBothAdapters(({ start: startWith }) => {
  const start = (...[authzOptions, options]: [Partial<AuthzModuleOptions>, AuthzTestAppOptions?]) =>
    startWith({ controllers: [Orders], providers: [Keeper] }, authzOptions, options);

  describe('a role claim that cannot be read', () => {
    describe.each(['union', 'intersect', 'only'] as const)('with permissions of the token (%s)', (combine) => {
      let app: AuthzTestApp;
      beforeAll(async () => {
        app = await start(authz(permissions(combine)));
      });

      it('gives no permission from any source', async () => {
        expect(await statusOf(app, { roles: ['viewer'], permissions: ['orders:read'] })).toBe(200);
        for (const roles of UNREADABLE_ROLES)
          expect([roles, await statusOf(app, { roles, permissions: ['orders:read'] })]).toEqual([roles, 403]);
      });

      it('is not the same as none', async () => {
        const expected = combine === 'intersect' ? 403 : 200;
        for (const roles of [undefined, null, []])
          expect(await statusOf(app, { roles, permissions: ['orders:read'] })).toBe(expected);
      });
    });

    it('has no mapping provider asked, also one that looks at no roles', async () => {
      const provider = new GrantsAll();
      const app = await start(authz({}, { mapping: { provider } }));
      expect(await statusOf(app, { roles: 'suspended' })).toBe(403);
      expect(provider.asked).toBe(0);
      expect(await statusOf(app, { roles: [] })).toBe(200);
    });

    it('gets 403 also where there is no mapping yet', async () => {
      const mapping = { name: 'later', required: false, load: () => Promise.reject(new Error('not yet')) };
      const app = await start(authz({}, { mapping }));
      expect([await statusOf(app, { roles: 'viewer' }), await statusOf(app, { roles: ['viewer'] })]).toEqual([403, 503]);
    });

    it('leaves the caller known, with nothing in hand', async () => {
      const app = await start(authz(permissions('union')));
      const caller = calling(app, { sub: 'ann', roles: 'viewer', permissions: ['orders:read'], scope: 'read' });
      const me = { subject: 'ann', roles: [], unreadable: ['roles'], can: false, held: [] };
      await caller.get('/me').expect(200, me);
      await caller.get('/home').expect(200, { subject: 'ann' });
      // Roles do not affect scopes, so an unreadable role cannot refuse the request.
      await caller.get('/scoped').expect(200);
      await caller.get('/assert').expect(403);
      await caller.get('/suspended').expect(403);
      await caller.get('/viewer').expect(403);
    });

    it('grants nothing to work on behalf of the caller either, also once the caller was kept as JSON', async () => {
      const app = await start(authz(permissions('union')));
      const keeper = app.app.get(Keeper);
      await calling(app, { roles: 'viewer', permissions: ['orders:read'] })
        .get('/kept')
        .expect(200);
      for (const principal of [keeper.kept, JSON.parse(JSON.stringify(keeper.kept)) as Principal]) {
        expect((await app.app.get(Authz).for(principal)).can('orders:read')).toBe(false);
        expect(await app.app.get(Authz).runAs(principal, () => keeper.can())).toBe(false);
      }
    });

    it('is warned of once, with its name, its form and what to write, and without its value', async () => {
      const log = new CapturedLog();
      const app = await start(authz(), log.here);
      for (const roles of ['carl-only', ['viewer', 7], 'viewer']) await statusOf(app, { roles });
      const lines = log.matching(/Cannot read/);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toBe(
        `WARN Cannot read the roles in a token of "${ISSUER}": the claim "roles" is a string, and "rolesFormat" is "array". ` +
          'The caller has no roles and no permissions from any source. ' +
          "Write rolesFormat: 'one-or-many' if the string is one name, 'space-separated' or 'comma-separated' if it holds several. Authz",
      );
      expect(log.matching(/carl-only/)).toEqual([]);
    });

    it('reveals to the client only that the token does not suffice', async () => {
      const app = await start(authz());
      const { body, headers } = await calling(app, { roles: 'suspended' }).get('/orders').expect(403);
      expect(body).toEqual({
        statusCode: 403,
        error: 'insufficient_scope',
        message: 'The access token does not allow this request',
      });
      expect(headers['www-authenticate']).not.toContain('scope="');
    });

    it('lets the request through in report mode, and counts it', async () => {
      const log = new CapturedLog();
      const app = await start(authz({}, { mode: 'report' }), log.here);
      expect(await statusOf(app, { roles: 'viewer' })).toBe(200);
      expect(await statusOf(app, { roles: 'viewer' }, '/viewer')).toBe(403);
      expect(app.app.get(Authz).diagnostics().report.letThrough).toBe(1);
      expect(log.matching(/let through in report mode: claim_unreadable, missing orders:read/)).toHaveLength(1);
    });

    it('never serves a caller whom the readable claim would refuse, whatever is in it', async () => {
      const app = await start(authz(permissions('union')));
      const name = fc.constantFrom('suspended', 'viewer', '', '__proto__');
      const claim = fc.oneof(fc.jsonValue(), name, fc.array(fc.oneof(name, fc.jsonValue()), { maxLength: 3 }));
      await fc.assert(
        fc.asyncProperty(claim, async (roles) => {
          const isReadable =
            roles === null || (Array.isArray(roles) && roles.every((role) => typeof role === 'string' && role !== ''));
          const isDenied = JSON.stringify(roles).includes('"suspended"');
          const status = await statusOf(app, { roles, permissions: ['orders:read'] });
          expect(status).toBe(isReadable && !isDenied ? 200 : 403);
        }),
        { numRuns: 60 },
      );
    });

    it('is read as its format says: one string is one role, a list is a list', async () => {
      const app = await start(authz({ rolesFormat: 'one-or-many' }));
      for (const [roles, status] of [
        ['viewer', 200],
        [['viewer'], 200],
        [['viewer', 'suspended'], 403],
        ['viewer,suspended', 403],
        [{ viewer: true }, 403],
      ] as const)
        expect([roles, await statusOf(app, { roles })]).toEqual([roles, status]);
    });

    it('of several claims is read as a whole or not at all', async () => {
      const app = await start(authz({ roles: { anyOf: ['roles', 'groups'] } }));
      expect(await statusOf(app, { roles: ['viewer'] })).toBe(200);
      expect(await statusOf(app, { roles: ['viewer'], groups: 'suspended' })).toBe(403);
    });
  });

  describe('permissions in a token', () => {
    it('are read from scopes, one string with spaces', async () => {
      const app = await start(authz({ tokenPermissions: { claim: 'scope', combine: 'union' } }));
      expect(await statusOf(app, { scope: 'openid orders:read' })).toBe(200);
      expect(await statusOf(app, { scope: 'openid orders:*' })).toBe(403);
      expect(await statusOf(app, { scope: 'openid orders:read', roles: ['suspended'] })).toBe(403);
    });

    it('that cannot be read give no permission from any source, and leave the roles', async () => {
      const app = await start(authz(permissions('union')));
      for (const unreadable of [{ 'orders:read': true }, 7, true]) {
        expect(await statusOf(app, { roles: ['viewer'], permissions: unreadable })).toBe(403);
        expect(await statusOf(app, { roles: ['viewer'], permissions: unreadable }, '/viewer')).toBe(200);
      }
      expect(await statusOf(app, { roles: ['viewer'], permissions: null })).toBe(200);
    });
  });

  it('scopes that cannot be read give no scope', async () => {
    const app = await start(authz());
    expect(await statusOf(app, { roles: ['viewer'], scope: { read: true } }, '/scoped')).toBe(403);
    expect(await statusOf(app, { roles: ['viewer'], scope: { read: true } })).toBe(200);
  });

  describe('a tenant', () => {
    it('that is a whole number is read as its digits: its denials count', async () => {
      const app = await start(authz({ tenant: 'org' }));
      for (const org of [42, '42', 'acme']) expect(await statusOf(app, { roles: ['viewer'], org })).toBe(403);
      expect(await statusOf(app, { roles: ['viewer'], org: 43 })).toBe(200);
      await calling(app, { sub: 'ann', roles: ['viewer'], org: 42 })
        .get('/me')
        .expect(200, { subject: 'ann', roles: ['viewer'], tenant: '42', unreadable: [], can: false, held: [] });
    });

    it('that is unreadable is never treated as absent: the token is refused on every route, and the log has the reason', async () => {
      const log = new CapturedLog();
      const app = await start(authz({ tenant: 'org' }), log.here);
      for (const org of [['acme'], {}, { acme: { id: 'x' } }, [], true, '', 1.5, 'x'.repeat(257)])
        for (const path of ['/orders', '/me', '/home', '/scoped', '/viewer'])
          expect([org, path, await statusOf(app, { roles: ['viewer'], scope: 'read', org }, path)]).toEqual([org, path, 403]);
      expect(await statusOf(app, { roles: ['viewer'], org: null })).toBe(200);
      expect(log.matching(/Cannot read/)).toEqual([
        `WARN Cannot read the tenant in a token of "${ISSUER}": the claim "org" is a list of 1. The token is refused (claim_unreadable). ` +
          `Write tenant: { claim, format: 'single' } if it names one tenant, or "format" as a function that picks one. Authz`,
      ]);
    });

    it('is required where the options say so, and the tools for tests write one', async () => {
      const log = new CapturedLog();
      const app = await start(authz({ tenant: { claim: ['org', 'id'], required: true } }), log.here);
      await app.as('viewer').get('/orders').expect(200);
      expect(await statusOf(app, { roles: ['viewer'], org: undefined })).toBe(401);
      expect(log.matching(/the claim "org\.id" is missing, and "tenant\.required" is true/)).toHaveLength(1);
    });

    it('is the organization of Keycloak, in each form that Keycloak writes', async () => {
      const realm = { iss: `${ISSUER}/realms/acme`, typ: 'Bearer' };
      const app = await start(authz({ ...keycloak({ url: ISSUER, realm: 'acme', organization: 'optional' }), roles: 'roles' }));
      for (const organization of [['acme'], { acme: {} }, { acme: { id: '42ab' } }, 'acme'])
        expect(await statusOf(app, { roles: ['viewer'], ...realm, organization })).toBe(403);
      for (const organization of [['other'], { other: { id: '1' } }, undefined, []])
        expect(await statusOf(app, { roles: ['viewer'], ...realm, organization })).toBe(200);
      expect(await statusOf(app, { roles: ['viewer'], ...realm, organization: ['acme', 'other'] })).toBe(403);
    });
  });

  describe('a revocation', () => {
    it.each([
      ['tenant', { org: 42 }, '42'],
      ['session', { sid: 43 }, '43'],
      ['token', { jti: 44 }, '44'],
      ['client', { client_id: 45 }, '45'],
    ] as const)('of a %s reaches a token that names it by a number', async (kind, claims, value) => {
      const app = await start(
        authz({ tenant: 'org' }, { revocation: { feed: null }, mapping: { roles: { viewer: ['orders:read'] } } }),
      );
      expect(await statusOf(app, { roles: ['viewer'], ...claims })).toBe(200);
      const revocations = app.app.get(Revocations);
      const end = Math.floor(Date.now() / 1000) + 600;
      await revocations.revoke({ kind, value, expiresAt: end });
      expect(await statusOf(app, { roles: ['viewer'], ...claims })).toBe(401);
    });

    it('cannot be evaded by an id in another form: the token is refused, and the log has the reason', async () => {
      const log = new CapturedLog();
      const app = await start(authz({}, { revocation: { feed: null } }), log.here);
      for (const claims of [{ jti: {} }, { jti: [1] }, { sid: ['s'] }, { sid: true }, { session_id: 1.5 }, { client_id: ['c'] }])
        expect([claims, await statusOf(app, { roles: ['viewer'], ...claims }, '/me')]).toEqual([claims, 401]);
      expect(
        log.matching(/Cannot read the (token id|session id|client) .* The token is refused \(claims_invalid\)/),
      ).toHaveLength(3);
    });

    it('cannot be missed by a subject claim in another form', async () => {
      const log = new CapturedLog();
      const app = await start(authz({}, { revocation: { feed: null, subjectClaim: 'oid' } }), log.here);
      const ann = { roles: ['viewer'], oid: 7 };
      expect(await statusOf(app, ann)).toBe(200);
      await app.app.get(Revocations).revoke({ kind: 'subject', value: '7', expiresAt: Math.floor(Date.now() / 1000) + 600 });
      expect(await statusOf(app, ann)).toBe(401);
      for (const oid of [{}, ['7'], true, '']) expect(await statusOf(app, { roles: ['viewer'], oid }, '/me')).toBe(403);
      expect(log.matching(/Cannot read the revocation subject .*"oid".*"revocation\.subjectClaim"/)).toHaveLength(1);
    });
  });

  it('refuses a token with an unreadable actor', async () => {
    const app = await start(authz());
    for (const act of ['admin', { email: 'x' }, ['admin'], true])
      expect(await statusOf(app, { roles: ['viewer'], act })).toBe(401);
    for (const act of [undefined, null, { sub: 'admin' }]) expect(await statusOf(app, { roles: ['viewer'], act })).toBe(200);
  });
});
