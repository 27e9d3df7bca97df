import { jest } from '@jest/globals';
import {
  keycloak,
  legacyIssuer,
  parseAuthenticationSettings,
  zitadel,
  type IssuerOptions,
} from '../../../../lib/authentication/index.js';
import { tokenPrincipal } from '../../../../lib/authentication/tokens/token-principal.js';

const ISSUER = 'https://id.acme.com';
/** Returns the principal of a token, or why it is refused. */
function read(claims: object, options: Partial<IssuerOptions> = {}, moduleOptions: object = {}) {
  const [settings] = parseAuthenticationSettings({
    issuer: { issuer: ISSUER, ...options },
    audience: null,
    ...moduleOptions,
  }).issuers;
  return tokenPrincipal({ iss: settings!.issuer, sub: 'ann', exp: Date.now() / 1000 + 60, ...claims }, settings!);
}
const PERMISSIONS = { claim: 'scope', combine: 'union' } as const;

describe('the role claim', () => {
  it.each<[Partial<IssuerOptions>, object, string[]]>([
    [{ rolesFormat: 'one-or-many' }, { roles: 'Domain Users' }, ['Domain Users']],
    [{ rolesFormat: 'one-or-many' }, { roles: ['a', 'b'] }, ['a', 'b']],
    [{}, { roles: ['constructor', '__proto__', 'a', 'a'] }, ['constructor', '__proto__', 'a']],
    [{}, { roles: null }, []],
    [{}, { roles: [] }, []],
    [{}, {}, []],
  ])('with %j is read from %j as %j', (options, claims, roles) => {
    expect(read(claims, options)).toMatchObject({ roles, unreadable: undefined });
  });

  it.each<[object, Partial<IssuerOptions>]>([
    [{ roles: 'suspended' }, {}],
    [{ roles: { suspended: true } }, {}],
    [{ roles: ['suspended', 7] }, {}],
    [{ roles: [['suspended']] }, {}],
    [{ roles: [{ value: 'suspended' }] }, {}],
    [{ roles: [''] }, {}],
    [{ roles: '' }, { rolesFormat: 'one-or-many' }],
    [{ roles: ['suspended', 'a', 'b', 'c'] }, {}],
    [{ roles: ['x'.repeat(257)] }, {}],
    [{ roles: ['x'.repeat(250)] }, { rolePrefix: 'partner:' }],
    [{ roles: 'suspended' }, { rolesFormat: 'keys' }],
    [{ realm_access: 'suspended' }, { roles: 'realm_access.roles' }],
    [{ roles: ['a'], groups: 'suspended' }, { roles: { anyOf: ['roles', 'groups'] } }],
  ])('grants nothing if they are unreadable: %.60j with %j', (claims, options) => {
    const principal = read({ permissions: ['orders:read'], ...claims }, options, { maxRoles: 3 });
    expect(principal).toMatchObject({ subject: 'ann', roles: [], unreadable: [{ use: 'roles' }] });
  });

  it('names every claim of the roles if there are too many of them together', () => {
    const options = { roles: { anyOf: ['roles', ['https://acme.com/groups']] } };
    expect(read({ roles: ['a'], 'https://acme.com/groups': ['b'] }, options, { maxRoles: 1 })).toMatchObject({
      unreadable: [{ claim: 'roles or ["https://acme.com/groups"]' }],
    });
  });

  it.each([['suspended'], [['suspended']], [{ suspended: 'org' }], [{ viewer: { org: 'd' }, suspended: ['org'] }]])(
    'of Zitadel, filtered by organization, cannot be read from %j',
    (roles) => {
      const preset = zitadel({ issuer: ISSUER, organizationId: 'org' });
      expect(read({ 'urn:zitadel:iam:org:project:roles': roles }, preset)).toMatchObject({
        roles: [],
        unreadable: [{ use: 'roles' }],
      });
    },
  );
});

describe('permissions of a token', () => {
  it.each<[object, Partial<IssuerOptions>['tokenPermissions'], string[]]>([
    // As Logto and Cognito write them.
    [{ scope: 'openid orders:read orders:create' }, PERMISSIONS, ['openid', 'orders:read', 'orders:create']],
    [{ scope: ['orders:read'] }, PERMISSIONS, ['orders:read']],
    [{ scope: '' }, PERMISSIONS, []],
    [{ scope: 'orders:* * orders:read' }, PERMISSIONS, ['orders:read']],
    [{ scope: 'orders:read,orders:create' }, { ...PERMISSIONS, format: 'comma-separated' }, ['orders:read', 'orders:create']],
    [{ permissions: { 'orders:read': {} } }, { ...PERMISSIONS, claim: 'permissions', format: 'keys' }, ['orders:read']],
    [{ scope: 'orders:read' }, { ...PERMISSIONS, format: 'one-or-many' }, ['orders:read']],
    [
      { scope: [{ id: 'orders:read' }] },
      { ...PERMISSIONS, format: (all) => (all as { id: string }[]).map(({ id }) => id) },
      ['orders:read'],
    ],
    [{ scope: ['orders:read', 7] }, PERMISSIONS, ['orders:read']],
    [{ scope: null }, PERMISSIONS, []],
    [{}, PERMISSIONS, []],
  ])('are read from %j with %j as %j', (claims, tokenPermissions, names) => {
    expect(read(claims, { tokenPermissions: tokenPermissions! })).toMatchObject({
      tokenPermissions: { names },
      unreadable: undefined,
    });
  });

  it.each<[unknown, Partial<IssuerOptions>['tokenPermissions']]>([
    [{ 'orders:read': true }, PERMISSIONS],
    [7, PERMISSIONS],
    [true, PERMISSIONS],
    [Array.from({ length: 1001 }, (_, index) => `p:${index}`), PERMISSIONS],
    ['orders:read', PERMISSIONS],
    ['orders:read orders:create', { ...PERMISSIONS, format: 'array' }],
    ['orders:read', { ...PERMISSIONS, format: () => 'orders:read' as never }],
  ])('cannot be read from %.40j', (permissions, option) => {
    const principal = read({ permissions }, { tokenPermissions: { ...option!, claim: 'permissions' } });
    expect(principal).toMatchObject({
      tokenPermissions: { names: [] },
      unreadable: [{ use: 'permissions', claim: 'permissions' }],
    });
  });

  it('are unreadable if the token only refers to them', () => {
    const claims = { _claim_names: { permissions: 'src1' } };
    const tokenPermissions = { claim: 'permissions', combine: 'only' } as const;
    expect(read(claims, { tokenPermissions })).toMatchObject({ unreadable: [{ use: 'permissions' }] });
  });
});

describe('a token', () => {
  it.each<[Partial<IssuerOptions>['tenant'], object]>([
    ['org', { org: ['acme'] }],
    ['org', { org: {} }],
    ['org', { org: true }],
    ['org', { org: '' }],
    ['org', { _claim_names: { org: 'src1' } }],
    ['org.id', { org: 'acme' }],
    [{ claim: 'org', format: 'single' }, { org: ['acme', 'other'] }],
    [{ claim: 'org', format: () => undefined as never }, { org: 'acme' }],
  ])('is refused if the tenant %j is unreadable: %j', (tenant, claims) => {
    expect(read(claims, { tenant: tenant! })).toMatchObject({ reason: 'claim_unreadable', unreadable: { use: 'tenant' } });
  });

  it.each<[object, string]>([
    [{ client_id: {} }, 'client'],
    [{ act: 'x' }, 'actor'],
    [{ jti: {} }, 'token id'],
    [{ sid: ['s'] }, 'session id'],
  ])('is refused if a claim that identifies the caller is unreadable: %j', (claims, use) => {
    expect(read(claims)).toMatchObject({ reason: 'claims_invalid', unreadable: { use } });
  });

  it('has no tenant if the claim is absent, unless one is required', () => {
    for (const claims of [{}, { org: null }]) {
      expect(read(claims, { tenant: 'org' })).toMatchObject({ subject: 'ann', tenant: undefined });
      expect(read(claims, { tenant: { claim: 'org', required: true } })).toMatchObject({
        reason: 'claims_invalid',
        unreadable: { use: 'tenant', claim: 'org', found: 'missing, and "tenant.required" is true' },
      });
    }
    expect(read({ org: 'acme' }, { tenant: { claim: 'org', required: true } })).toMatchObject({ tenant: 'acme' });
    expect(read({ org: [] }, { tenant: { claim: 'org', format: 'single', required: true } })).toMatchObject({
      reason: 'claims_invalid',
    });
  });

  it('of Keycloak names its organization in each of its forms, where the preset is configured to read it', () => {
    const options = { url: ISSUER, realm: 'acme' };
    const tenantOf = (organization: unknown, preset: IssuerOptions) => read({ typ: 'Bearer', organization }, preset);
    for (const organization of [['acme'], { acme: {} }, { acme: { id: '42ab' } }, 'acme'])
      expect(tenantOf(organization, keycloak({ ...options, organization: 'optional' }))).toMatchObject({ tenant: 'acme' });
    expect(tenantOf(['a', 'b'], keycloak({ ...options, organization: 'optional' }))).toMatchObject({
      reason: 'claim_unreadable',
    });
    expect(tenantOf([], keycloak({ ...options, organization: 'optional' }))).toMatchObject({ tenant: undefined, subject: 'ann' });
    expect(tenantOf([], keycloak({ ...options, organization: 'required' }))).toMatchObject({ reason: 'claims_invalid' });
    expect(tenantOf(['a', 'b'], keycloak(options))).toMatchObject({ tenant: undefined, subject: 'ann' });
    expect(() => keycloak({ ...options, organization: true as never })).toThrow(
      `"keycloak({ organization })" must be 'optional' or 'required', got true.`,
    );
  });
});

describe('a function of the application that returns a promise after all', () => {
  const rejected = () => {
    const answer = Promise.reject(new Error('no such thing'));
    return { answer, caught: jest.spyOn(answer, 'catch') };
  };

  it('does not end the process by its rejection', () => {
    const [refusal, role] = [rejected(), rejected()];
    expect(read({}, { refuse: () => refusal.answer as never })).toMatchObject({ reason: 'claims_invalid' });
    const key = 'a secret of the old service, 32 bytes and more';
    const old = { issuer: 'old', key, acceptUntil: '2999-01-01T00:00:00Z', role: () => role.answer as never };
    expect(read({ roles: ['admin'] }, legacyIssuer(old))).toMatchObject({ unreadable: [{ use: 'roles' }] });
    for (const { caught } of [refusal, role]) expect(caught).toHaveBeenCalled();
  });
});
