import { auth0, legacyIssuer, parseAuthenticationSettings, type IssuerResolver } from '../../../lib/authentication/index.js';
import { AuthzConfigError } from '../../../lib/core/index.js';
import { newSigningKey } from '../../../lib/testing/jwt.js';

const ISSUER = 'https://id.acme.com';
const RESOURCE = 'https://api.acme.com/orders';
const parse = (options: object) => parseAuthenticationSettings({ issuer: ISSUER, audience: 'orders', ...options });
const several = (issuers: unknown, options: object = {}) => parse({ issuer: undefined, issuers, ...options });
const resolverOf = (resolve: IssuerResolver['resolve'], options: object = {}) => several({ resolve }, options).resolver!;
const published = (members: object = {}, options: object = {}) =>
  parse({ protectedResource: { resource: RESOURCE, ...members }, ...options }).protectedResource!;

describe('parseAuthenticationSettings', () => {
  it('fills in every default', () => {
    const { issuers, ...rest } = parse({});
    expect(issuers.map(({ issuer }) => issuer)).toEqual([ISSUER]);
    expect(rest).toEqual({
      resolver: undefined,
      dpop: undefined,
      protectedResource: undefined,
      tokenFrom: ['authorization'],
      limits: { maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 30 },
      maxTokenBytes: 16_384,
      verifiedTokens: 1000,
    });
    expect(Object.isFrozen(parse({}))).toBe(true);
  });

  it('reads every option', () => {
    const options = { maxTokenBytes: 256, verifiedTokens: 0, dpop: 'required', protectedResource: { resource: RESOURCE } };
    expect(parse(options)).toMatchObject({ ...options, protectedResource: { resource: RESOURCE } });
  });

  it("lets an issuer's tokens live for another time than those of the others", () => {
    const { issuers, limits } = several([ISSUER, { issuer: `${ISSUER}/b`, maxTokenLifetimeSeconds: 7200 }], {
      maxTokenLifetimeSeconds: 900,
    });
    expect(issuers.map(({ maxTokenLifetimeSeconds }) => maxTokenLifetimeSeconds)).toEqual([900, 7200]);
    expect(limits.maxTokenLifetimeSeconds).toBe(900);
    expect(() => several([{ issuer: ISSUER, maxTokenLifetimeSeconds: 0 }], {})).toThrow(
      '"issuers[0].maxTokenLifetimeSeconds" must be a number of seconds from 1 to 31536000',
    );
  });

  it('takes several issuers, each with its own settings over those of the module', () => {
    const { issuers } = several([ISSUER, { issuer: `${ISSUER}/b`, audience: 'b' }, auth0({ domain: 'acme.eu.auth0.com' })], {
      algorithms: ['PS256'],
      profile: 'rfc9068',
      maxRoles: 7,
    });
    expect(issuers).toMatchObject([
      { issuer: ISSUER, audience: ['orders'] },
      { issuer: `${ISSUER}/b`, audience: ['b'] },
      { issuer: 'https://acme.eu.auth0.com/', audience: ['orders'] },
    ]);
    for (const { algorithms, profile, maxRoles } of issuers)
      expect({ algorithms, profile, maxRoles }).toEqual({ algorithms: ['PS256'], profile: 'rfc9068', maxRoles: 7 });
  });

  const RESOLVE = { resolve: () => undefined };
  const DPOP = { protectedResource: { resource: RESOURCE } };
  const MUST_LIST = 'must be a list of issuers or { resolve(iss) }';
  const wrong: [option: string, options: object, message: string][] = [
    ['issuer', { issuers: [ISSUER] }, 'names one issuer and "issuers" several. Write one of them.'],
    ['issuer', { issuer: undefined }, 'must be the URL of the token issuer'],
    ['issuers', { issuer: undefined, issuers: [] }, 'must be a list of one or more issuers'],
    ['issuers', { issuer: undefined, issuers: [ISSUER, { issuer: ISSUER, audience: 'b' }] }, `names "${ISSUER}" twice.`],
    ['issuers', { issuer: undefined, issuers: ISSUER }, MUST_LIST],
    ['issuers', { issuer: undefined, issuers: null }, `${MUST_LIST}, got null.`],
    ['issuers', { issuer: undefined, issuers: {} }, MUST_LIST],
    ['issuers', { issuer: undefined, issuers: { resolve: ISSUER } }, MUST_LIST],
    ['issuers', { issuer: undefined, issuers: { ...RESOLVE, refreshSecond: 1 } }, 'Did you mean "refreshSeconds"?'],
    ['issuers[1]', { issuer: undefined, issuers: [ISSUER, 7] }, 'must be the URL of the token issuer'],
    ['issuers[1]', { issuer: undefined, issuers: [ISSUER, 'id'] }, 'must be an absolute https URL'],
    ['issuers[0].issuer', { issuer: undefined, issuers: [{ issuer: 'id' }] }, 'must be an absolute https URL'],
    [
      'issuers[0].algorithms',
      { issuer: undefined, issuers: [{ issuer: ISSUER, algorithms: ['none'] }] },
      'must list one or more of',
    ],
    ['issuers.refreshSeconds', { issuer: undefined, issuers: { ...RESOLVE, refreshSeconds: 0 } }, 'seconds from 1 to 86400'],
    ['issuers.maxIssuers', { issuer: undefined, issuers: { ...RESOLVE, maxIssuers: 100_001 } }, 'issuers from 1 to 100000'],
    ['profile', { profile: 'strict' }, `must be 'generic' or 'rfc9068', got "strict".`],
    ['profile', { profile: null }, 'got null.'],
    ['algorithms', { algorithms: ['HS256'] }, 'got ["HS256"].'],
    ['clockToleranceSeconds', { clockToleranceSeconds: 301 }, 'seconds from 0 to 300 (default 30), got 301.'],
    ['maxTokenLifetimeSeconds', { maxTokenLifetimeSeconds: 0 }, 'seconds from 1 to 31536000'],
    ['maxTokenLifetimeSeconds', { maxTokenLifetimeSeconds: null }, 'got null.'],
    ['maxTokenBytes', { maxTokenBytes: 255 }, 'bytes from 256 to 65536 (default 16384), got 255.'],
    ['maxTokenBytes', { maxTokenBytes: Infinity }, 'got Infinity.'],
    ['maxRoles', { maxRoles: 0 }, 'roles from 1 to 10000 (default 500), got 0.'],
    ['jwksMaxStaleSeconds', { jwksMaxStaleSeconds: 59 }, 'seconds from 60 to 2592000 (default 86400), got 59.'],
    ['verifiedTokens', { verifiedTokens: -1 }, 'tokens from 0 to 100000 (default 1000), got -1.'],
    ['verifiedTokens', { verifiedTokens: Number.NaN }, 'got NaN.'],
    ['dpop', { ...DPOP, dpop: 'on' }, `must be 'accepted' or 'required', got "on".`],
    ['dpop', { ...DPOP, dpop: true }, 'got true.'],
    ['dpop', { ...DPOP, dpop: null }, 'got null.'],
    ['dpop', { dpop: 'accepted' }, 'needs "protectedResource"'],
    ['protectedResource', { protectedResource: RESOURCE }, 'must be an object such as { resource:'],
    ['protectedResource', { protectedResource: null }, 'got null.'],
    ['protectedResource', { protectedResource: { resource: RESOURCE, scopes: [] } }, 'has no option "scopes".'],
    ['protectedResource.resource', { protectedResource: {} }, 'must be an absolute https URL without credentials, got nothing.'],
    ['protectedResource.resource', { protectedResource: { resource: 'orders' } }, 'must be an absolute https URL'],
    ['protectedResource.resource', { protectedResource: { resource: 'http://api.acme.com' } }, 'Use https'],
    [
      'protectedResource.resource',
      { protectedResource: { resource: `${RESOURCE}?a` } },
      'must be a URL without query and fragment',
    ],
    [
      'protectedResource.resource',
      { protectedResource: { resource: `${RESOURCE}#` } },
      'must be a URL without query and fragment',
    ],
    ['protectedResource.resource', { protectedResource: { resource: 'https://a:b@api.acme.com' } }, 'without credentials'],
    [
      'protectedResource.authorizationServers',
      { protectedResource: { resource: RESOURCE, authorizationServers: ISSUER } },
      `must be a list of strings, got "${ISSUER}".`,
    ],
    [
      'protectedResource.scopesSupported',
      { protectedResource: { resource: RESOURCE, scopesSupported: ['read', 7] } },
      'must be a list of strings, got ["read",7].',
    ],
    [
      'protectedResource.resourceName',
      { protectedResource: { resource: RESOURCE, resourceName: 7 } },
      'must be a string, got 7.',
    ],
    [
      'protectedResource.resourceDocumentation',
      { protectedResource: { resource: RESOURCE, resourceDocumentation: [] } },
      'must be a string, got [].',
    ],
  ];
  it.each(wrong)('names the option %s, the value and what to write: %j', (option, options, message) => {
    const run = () => parse(options);
    expect(run).toThrow(AuthzConfigError);
    expect(run).toThrow(message);
    expect(run).toThrow(new RegExp(`^"${option.replace(/[.[\]]/g, '\\$&')}" `));
  });
});

describe('the resolver of issuers', () => {
  it('has its results checked and completed like the options', async () => {
    const resolver = resolverOf((iss) => ({ issuer: iss, audience: 'tenant' }), { algorithms: ['ES256'] });
    expect(resolver).toMatchObject({ refreshSeconds: 300, maxIssuers: 1000 });
    expect(await resolver.resolve(ISSUER)).toMatchObject({ issuer: ISSUER, audience: ['tenant'], algorithms: ['ES256'] });
  });

  it.each([[undefined], [null]])('finds no issuer for the result %j', async (answer) => {
    expect(await resolverOf(() => answer as undefined).resolve(ISSUER)).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    [
      'for another issuer',
      { issuer: 'https://evil.example' },
      `must return the issuer that it was asked for ("${ISSUER}"), got "https://evil.example".`,
    ],
    ['that differs by a slash', { issuer: `${ISSUER}/` }, 'was asked for'],
    ['that is wrong', { issuer: ISSUER, algorithms: ['none'] }, '"issuers.resolve().algorithms" must list'],
    ['of another type', 7, '"issuers.resolve()" must be the URL'],
  ])('rejects a result %s', async (_what, answer, message) => {
    await expect(resolverOf(() => answer as undefined).resolve(ISSUER)).rejects.toThrow(message);
  });

  it('rejects if the application throws', async () => {
    const throwing = resolverOf(() => {
      throw new Error('database down');
    });
    await expect(throwing.resolve(ISSUER)).rejects.toThrow('database down');
  });

  it('may be an object with members of its own', async () => {
    class Tenants implements IssuerResolver {
      readonly refreshSeconds = 60;
      private readonly rows = new Map([[ISSUER, { issuer: ISSUER }]]);
      resolve(iss: string) {
        return this.rows.get(iss);
      }
    }
    const { resolver, issuers } = several(new Tenants());
    expect(issuers).toEqual([]);
    expect(resolver?.refreshSeconds).toBe(60);
    expect(await resolver?.resolve(ISSUER)).toMatchObject({ issuer: ISSUER });
    expect(await resolver?.resolve('https://evil.example')).toBeUndefined();
  });
});

describe('the protected resource', () => {
  it.each([
    ['https://api.acme.com', '/.well-known/oauth-protected-resource'],
    ['https://api.acme.com/', '/.well-known/oauth-protected-resource'],
    ['https://api.acme.com/orders', '/.well-known/oauth-protected-resource/orders'],
    ['https://api.acme.com:8443/v1/orders', '/.well-known/oauth-protected-resource/v1/orders'],
    ['http://127.0.0.1:3000/orders', '/.well-known/oauth-protected-resource/orders'],
  ])('%s is described at %s, between host and path', (resource, path) => {
    const { origin } = new URL(resource);
    expect(published({ resource })).toMatchObject({ resource, path, url: `${origin}${path}`, document: { resource } });
  });

  it('is described by the options', () => {
    const members = {
      authorizationServers: ['https://login.acme.com'],
      scopesSupported: ['orders.read'],
      resourceName: 'Orders',
      resourceDocumentation: 'https://docs.acme.com',
    };
    expect(published(members, { dpop: 'required' }).document).toEqual({
      resource: RESOURCE,
      authorization_servers: ['https://login.acme.com'],
      scopes_supported: ['orders.read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Orders',
      resource_documentation: 'https://docs.acme.com',
      dpop_bound_access_tokens_required: true,
    });
  });

  it('leaves empty members out, and names the issuers that are listed', () => {
    const brief = { resource: RESOURCE, authorization_servers: [ISSUER], bearer_methods_supported: ['header'] };
    expect(published().document).toEqual(brief);
    expect(published({ scopesSupported: [] }, { dpop: 'accepted' }).document).toEqual(brief);
    const { protectedResource } = several({ resolve: () => undefined }, { protectedResource: { resource: RESOURCE } });
    expect(protectedResource?.document).not.toHaveProperty('authorization_servers');
  });

  it('names no issuer from which a client cannot get a token', () => {
    const issuers = [
      ISSUER,
      { issuer: 'acme.com', jwks: { keys: [newSigningKey('k1', 'RS256').jwk] } },
      legacyIssuer({ issuer: 'https://old.acme.com', key: 's'.repeat(32), acceptUntil: '2999-01-01' }),
    ];
    const { protectedResource } = several(issuers, { protectedResource: { resource: RESOURCE } });
    expect(protectedResource?.document).toMatchObject({ authorization_servers: [ISSUER] });
  });
});
