import { createSecretKey } from 'node:crypto';
import { legacyIssuer, parseAuthenticationSettings } from '../../../../../lib/authentication/index.js';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { newSigningKey } from '../../../../../lib/testing/jwt.js';

const ISSUER = 'https://id.acme.com';
/** The settings of the one issuer. */
const parse = (options: object) => parseAuthenticationSettings({ issuer: ISSUER, audience: 'orders', ...options }).issuers[0]!;
const withIssuer = (members: object) => parse({ issuer: { issuer: ISSUER, ...members } });

/** The one mistake that a call reports. */
function mistake(run: () => unknown): AuthzConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
    throw error;
  }
  throw new Error('no mistake was reported');
}

describe('parseIssuer', () => {
  it('fills in every default', () => {
    expect(parse({})).toEqual({
      issuer: ISSUER,
      jwksUri: undefined,
      jwks: undefined,
      jwksFile: undefined,
      allowHttp: false,
      audience: ['orders'],
      clientIds: undefined,
      algorithms: ['RS256', 'ES256'],
      profile: 'generic',
      readRoles: expect.any(Function),
      roles: [['roles']],
      roleClaim: 'roles',
      rolesFormat: 'array',
      rolePrefix: '',
      tenant: undefined,
      tokenPermissions: undefined,
      requiredClaims: new Map(),
      refuse: undefined,
      tokenKind: 'access',
      clockToleranceSeconds: 30,
      maxTokenLifetimeSeconds: undefined,
      maxRoles: 500,
      jwksMaxStaleSeconds: 86_400,
      legacy: undefined,
    });
    expect(Object.isFrozen(parse({}))).toBe(true);
  });

  it('reads every option', () => {
    const issuer = {
      issuer: `${ISSUER}/`,
      jwksUri: 'https://keys.acme.com/jwks',
      jwksFile: '/var/cache/jwks.json',
      audience: ['a', 'b'],
      clientIds: ['shop'],
      algorithms: ['PS256'],
      profile: 'rfc9068',
      roles: { anyOf: ['realm_access.roles', ['https://acme.com/roles']] },
      rolesFormat: 'comma-separated',
      rolePrefix: 'partner:',
      tenant: ['org', 'id'],
      tokenPermissions: { claim: 'ext.permissions', combine: 'intersect' },
      requiredClaims: { typ: 'Bearer' },
      refuse: () => undefined,
      tokenKind: 'id',
      allowHttp: true,
    };
    const moduleOptions = {
      clockToleranceSeconds: 5,
      maxTokenLifetimeSeconds: 3600,
      maxRoles: 10,
      jwksMaxStaleSeconds: 60,
      algorithms: ['ES512'],
    };
    const { algorithms: overridden, ...limits } = moduleOptions;
    expect(overridden).toEqual(['ES512']);
    expect(parse({ issuer, ...moduleOptions })).toEqual({
      ...issuer,
      ...limits,
      jwks: undefined,
      readRoles: expect.any(Function),
      roles: [['realm_access', 'roles'], ['https://acme.com/roles']],
      roleClaim: 'realm_access.roles or ["https://acme.com/roles"]',
      tokenPermissions: { claim: ['ext', 'permissions'], combine: 'intersect' },
      requiredClaims: new Map([['typ', ['Bearer']]]),
      legacy: undefined,
    });
  });

  it('takes pinned keys, and the issuer, which is not fetched then, may be an http URL', () => {
    const jwks = { keys: [newSigningKey('k1', 'RS256').jwk] };
    expect(withIssuer({ jwks }).jwks).toEqual(jwks);
    expect(parse({ issuer: { issuer: 'http://id.acme.com', jwks } }).issuer).toBe('http://id.acme.com');
  });

  it.each(['acme.com', 'urn:acme:id', 'spiffe://acme.com', 'fusion auth', 'https://id.acme.com', 'http://id.acme.com'])(
    'takes the name %j for an issuer whose keys are not discovered',
    (issuer) => {
      const jwks = { keys: [newSigningKey('k1', 'RS256').jwk] };
      expect(parse({ issuer: { issuer, jwks } }).issuer).toBe(issuer);
      expect(parse({ issuer: { issuer, jwksUri: 'https://id.acme.com/jwks' } }).issuer).toBe(issuer);
    },
  );

  it.each<[unknown, string]>([
    [{ kty: 'oct', k: 'c2VjcmV0' }, 'got an object with "kty", "k".'],
    [[{ kty: 'oct', k: 'c2VjcmV0' }], 'got a list of 1.'],
    ['c2VjcmV0', 'got a string.'],
  ])('shows no key in place of a set: %j', (jwks, came) => {
    const parsed = () => parse({ issuer: { issuer: ISSUER, jwks: jwks as never } });
    expect(parsed).toThrow(came);
    expect(parsed).not.toThrow('c2VjcmV0');
  });

  it.each(['acme.com', 'urn:acme:id', 'spiffe://acme.com'])(
    'says what to write if the keys of %j would be discovered',
    (issuer) => {
      const message = `"issuer" must be an absolute https URL, where its keys can be discovered, or any name with "jwksUri" or "jwks" beside it, got "${issuer}".`;
      expect(mistake(() => parse({ issuer }))).toMatchObject({ code: 'AUTHZ_URL', message });
    },
  );

  it('takes no URL of a discovery document for an issuer, with or without keys', () => {
    const issuer = `${ISSUER}/.well-known/openid-configuration`;
    const words =
      /^"issuer(\.issuer)?" must be the issuer, not the URL of its discovery document.* such as "https:\/\/id\.acme\.com"\.$/;
    expect(mistake(() => parse({ issuer })).message).toMatch(words);
    expect(mistake(() => parse({ issuer: { issuer, jwksUri: `${ISSUER}/jwks` } })).message).toMatch(words);
  });

  it.each(['clockToleranceSeconds', 'tokenFrom', 'maxRoles', 'dpop'])('says that %s is an option of the module', (name) => {
    const message = `"issuer" has no option "${name}". It is an option of the module: write it beside "issuer".`;
    const issuer = { issuer: ISSUER, [name]: 1 };
    expect(mistake(() => parse({ issuer }))).toMatchObject({ code: 'AUTHZ_UNKNOWN_OPTION', message });
    expect(mistake(() => parse({ issuer: undefined, issuers: [issuer] })).message).toContain('write it beside "issuers".');
  });

  it('still refuses a URL that is mistyped or has a query', () => {
    const jwksUri = 'https://id.acme.com/jwks';
    for (const issuer of ['https:id.acme.com', 'https://id.acme.com/?a', 'https://a:b@id.acme.com', '', ' ', 7])
      expect(mistake(() => parse({ issuer: { issuer: issuer as string, jwksUri } })).message).toContain('"issuer.issuer" must ');
  });

  it('prefers options of the issuer to those of the module', () => {
    expect(parse({ algorithms: ['ES512'] }).algorithms).toEqual(['ES512']);
    expect(parse({ profile: 'rfc9068' }).profile).toBe('rfc9068');
    expect(parse({ profile: 'rfc9068', issuer: { issuer: ISSUER, profile: 'generic' } }).profile).toBe('generic');
    expect(withIssuer({ audience: 'users' }).audience).toEqual(['users']);
    expect(withIssuer({ audience: null }).audience).toBeNull();
    expect(withIssuer({ audience: undefined }).audience).toEqual(['orders']);
    expect(parse({ audience: null }).audience).toBeNull();
  });

  it.each([
    ['http://localhost:8080'],
    ['http://localhost'],
    ['http://127.0.0.1:8080'],
    ['http://127.8.9.10'],
    ['http://[::1]:8080'],
    ['https://id.acme.com/realms/acme'],
  ])('takes the issuer %s', (issuer) => {
    expect(parse({ issuer }).issuer).toBe(issuer);
  });

  it.each([
    ['http://id.acme.com'],
    ['http://10.0.0.1'],
    ['http://0.0.0.0'],
    ['http://localhost.evil.example'],
    ['http://127.0.0.1.evil.example'],
    ['http://notlocalhost'],
    ['http://[::2]'],
  ])('takes %s only by explicit choice', (issuer) => {
    expect(mistake(() => parse({ issuer }))).toMatchObject({
      code: 'AUTHZ_HTTP',
      message: expect.stringContaining(`"issuer" must be an https URL, got "${issuer}"`),
    });
    expect(mistake(() => parse({ issuer })).message).toContain('allowHttp: true');
    expect(mistake(() => withIssuer({ jwksUri: `${issuer}/jwks` })).message).toContain('"issuer.jwksUri" must be an https URL');
    expect(parse({ issuer: { issuer, allowHttp: true } }).issuer).toBe(issuer);
    expect(parse({ issuer: { issuer, jwksUri: 'https://keys.acme.com/jwks' } }).issuer).toBe(issuer);
  });

  const wrong: [option: string, options: object, message: string | RegExp][] = [
    [
      'issuer',
      { issuer: undefined },
      `"issuer" must be the URL of the token issuer, { issuer, jwksUri, ... } or a preset such as auth0(`,
    ],
    ['issuer', { issuer: null }, 'got null.'],
    ['issuer', { issuer: 7 }, 'got 7.'],
    ['issuer', { issuer: [ISSUER] }, 'got ["https://id.acme.com"].'],
    ['issuer', { issuer: () => ISSUER }, 'got the function issuer.'],
    ['issuer', { issuer: '' }, '"issuer" must be an absolute https URL without credentials, got "".'],
    ['issuer', { issuer: 'id.acme.com' }, 'got "id.acme.com".'],
    ['issuer', { issuer: '/id' }, 'must be an absolute https URL'],
    ['issuer', { issuer: 'ftp://id.acme.com' }, 'must be an absolute https URL'],
    ['issuer', { issuer: 'javascript:alert(1)' }, 'must be an absolute https URL'],
    ['issuer', { issuer: ' https://id.acme.com' }, 'must be an absolute https URL'],
    ['issuer', { issuer: 'https:id.acme.com' }, 'must be an absolute https URL'],
    ['issuer', { issuer: 'https://id.acme.com\n' }, 'must be an absolute https URL'],
    ['issuer', { issuer: 'https://user@id.acme.com' }, 'without credentials'],
    ['issuer', { issuer: 'https://:pw@id.acme.com' }, 'without credentials'],
    [
      'issuer',
      { issuer: 'https://id.acme.com?tenant=1' },
      'must be a URL without query and fragment, got "https://id.acme.com?tenant=1".',
    ],
    ['issuer', { issuer: 'https://id.acme.com#' }, 'must be a URL without query and fragment'],
    ['issuer.issuer', { issuer: { issuer: `${ISSUER}/?` } }, 'must be a URL without query and fragment'],
    ['issuer.issuer', { issuer: {} }, 'got nothing.'],
    ['issuer.issuer', { issuer: { issuer: 7 } }, 'got 7.'],
    ['issuer', { issuer: { issuer: ISSUER, jwksUrl: 'x' } }, '"issuer" has no option "jwksUrl". Did you mean "jwksUri"?'],
    ['issuer.jwksUri', { issuer: { issuer: ISSUER, jwksUri: '/jwks' } }, 'must be an absolute https URL'],
    ['issuer.jwksUri', { issuer: { issuer: ISSUER, jwksUri: null } }, 'got null.'],
    [
      'issuer.jwks',
      { issuer: { issuer: ISSUER, jwks: { keys: [] } } },
      'must be a JWK Set { keys: [...] } with at least one key',
    ],
    ['issuer.jwks', { issuer: { issuer: ISSUER, jwks: [] } }, 'got [].'],
    ['issuer.jwks', { issuer: { issuer: ISSUER, jwks: null } }, 'got null.'],
    [
      'issuer.jwks',
      { issuer: { issuer: ISSUER, jwks: { keys: [{}] }, jwksUri: 'https://id.acme.com/jwks' } },
      'pins the keys and "issuer.jwksUri" fetches them. Write one of them.',
    ],
    ['issuer.jwksFile', { issuer: { issuer: ISSUER, jwksFile: '' } }, 'must be the path of a file, got "".'],
    ['issuer.jwksFile', { issuer: { issuer: ISSUER, jwksFile: true } }, 'got true.'],
    ['issuer.profile', { issuer: { issuer: ISSUER, profile: 'strict' } }, `must be 'generic' or 'rfc9068', got "strict".`],
    [
      'issuer.tokenKind',
      { issuer: { issuer: ISSUER, tokenKind: 'refresh' } },
      `must be 'access' (default) or 'id', got "refresh".`,
    ],
    [
      'issuer.refuse',
      { issuer: { issuer: ISSUER, refuse: 'never' } },
      'must be a function that returns its result synchronously, got "never".',
    ],
    [
      'issuer.refuse',
      { issuer: { issuer: ISSUER, refuse: async () => Promise.resolve(undefined) } },
      'must be a function that returns its result synchronously, got an async function.',
    ],
    [
      'issuer.rolesFormat',
      { issuer: { issuer: ISSUER, rolesFormat: async () => Promise.resolve([]) } },
      'must be a function that returns its result synchronously, got an async function.',
    ],
    ['issuer.rolePrefix', { issuer: { issuer: ISSUER, rolePrefix: 7 } }, 'must be a string such as'],
    [
      'issuer.rolesFormat',
      { issuer: { issuer: ISSUER, rolesFormat: 'list' } },
      `must be 'array', 'keys', 'space-separated', 'comma-separated', 'one-or-many', 'array-or-space-separated' or a function, got "list".`,
    ],
    [
      'issuer.tokenPermissions',
      { issuer: { issuer: ISSUER, tokenPermissions: 'permissions' } },
      'must be an object such as { claim:',
    ],
    [
      'issuer.tokenPermissions',
      { issuer: { issuer: ISSUER, tokenPermissions: { claim: 'p', combine: 'only', mode: 1 } } },
      'has no option "mode".',
    ],
    [
      'issuer.tokenPermissions.claim',
      { issuer: { issuer: ISSUER, tokenPermissions: { combine: 'only' } } },
      'must be a claim path',
    ],
    [
      'issuer.tokenPermissions.claim',
      { issuer: { issuer: ISSUER, tokenPermissions: { claim: 'user_metadata.permissions', combine: 'union' } } },
      'users can edit "user_metadata" themselves',
    ],
    [
      'issuer.tokenPermissions.combine',
      { issuer: { issuer: ISSUER, tokenPermissions: { claim: 'p' } } },
      "must be 'union', 'intersect' or 'only', got nothing.",
    ],
    [
      'issuer.tokenPermissions.combine',
      { issuer: { issuer: ISSUER, tokenPermissions: { claim: 'p', combine: 'replace' } } },
      `must be 'union', 'intersect' or 'only', got "replace".`,
    ],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: 'yes' } }, 'must be true or false (default false), got "yes".'],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: 1 } }, 'must be true or false (default false), got 1.'],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: null } }, 'must be true or false (default false), got null.'],
    [
      'audience',
      { audience: undefined },
      /is missing\. Write .*audience: 'https:.*or audience: null to accept tokens for any API/,
    ],
    ['audience', { audience: '' }, 'got "".'],
    ['audience', { audience: ' ' }, 'got " ".'],
    ['audience', { audience: [] }, 'must be a string or a list of one or more strings, got [].'],
    ['audience', { audience: ['orders', 7] }, 'got ["orders",7].'],
    ['audience', { audience: 7 }, 'got 7.'],
    ['audience', { audience: false }, 'got false.'],
    ['audience', { audience: /orders/ }, 'got {}.'],
    ['issuer.audience', { issuer: { issuer: ISSUER, audience: [] } }, 'got [].'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: [] } }, 'must be a list of one or more strings, got [].'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: 'shop' } }, 'must be a list of one or more strings, got "shop".'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: null } }, 'must be a list of one or more strings, got null.'],
    ['algorithms', { algorithms: [] }, 'must list one or more of RS256, RS384'],
    ['algorithms', { algorithms: ['none'] }, '(default RS256, ES256), got ["none"].'],
    ['algorithms', { algorithms: ['RS256', 'HS256'] }, 'got ["RS256","HS256"].'],
    ['algorithms', { algorithms: ['constructor'] }, 'must list'],
    ['algorithms', { algorithms: 'RS256' }, 'got "RS256".'],
    ['algorithms', { algorithms: null }, 'got null.'],
    ['issuer.algorithms', { issuer: { issuer: ISSUER, algorithms: ['HS256'] } }, 'got ["HS256"].'],
    ['issuer.roles', { issuer: { issuer: ISSUER, roles: '' } }, 'must be a claim path'],
    ['issuer.roles', { issuer: { issuer: ISSUER, roles: [] } }, 'must be a claim path'],
    ['issuer.roles', { issuer: { issuer: ISSUER, roles: 'https://acme.com/roles' } }, '["https://acme.com/roles"]'],
    ['issuer.tenant', { issuer: { issuer: ISSUER, tenant: 7 } }, 'must be a claim path'],
    ['issuer.tenant.claim', { issuer: { issuer: ISSUER, tenant: {} } }, 'must be a claim path'],
    ['issuer.tenant.claim', { issuer: { issuer: ISSUER, tenant: { claim: 'user_metadata.org' } } }, 'users can edit'],
    ['issuer.tenant', { issuer: { issuer: ISSUER, tenant: { claim: 'org', require: true } } }, 'has no option "require".'],
    [
      'issuer.tenant.format',
      { issuer: { issuer: ISSUER, tenant: { claim: 'org', format: 'list' } } },
      `must be 'string', 'single' or a function, got "list".`,
    ],
    [
      'issuer.tenant.format',
      { issuer: { issuer: ISSUER, tenant: { claim: 'org', format: async () => Promise.resolve('') } } },
      'must be a function that returns its result synchronously, got an async function.',
    ],
    [
      'issuer.tenant.required',
      { issuer: { issuer: ISSUER, tenant: { claim: 'org', required: 'yes' } } },
      'must be true or false (default false), got "yes".',
    ],
    [
      'issuer.tokenPermissions.format',
      { issuer: { issuer: ISSUER, tokenPermissions: { claim: 'p', combine: 'only', format: 'list' } } },
      "must be 'array', 'keys', 'space-separated'",
    ],
    [
      'issuer.tenant',
      { issuer: { issuer: ISSUER, tenant: ['user_metadata', 'org'] } },
      'users can edit "user_metadata" themselves',
    ],
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: [] } }, 'must be an object of claim names and strings'],
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: { typ: 7 } } }, 'got {"typ":7}.'],
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: null } }, 'got null.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: -1 }, 'must be a number of seconds from 0 to 300 (default 30), got -1.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: 301 }, 'got 301.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: Number.NaN }, 'got NaN.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: Infinity }, 'got Infinity.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: '30' }, 'got "30".'],
  ];
  it.each(wrong)('names the option %s, the value and what to write: %j', (option, options, message) => {
    const error = mistake(() => parse(options));
    expect(error.message.startsWith(`"${option}" `)).toBe(true);
    expect(error.message).toMatch(typeof message === 'string' ? new RegExp(message.replace(/[^\w\s]/g, '\\$&')) : message);
    expect(error.code).toMatch(/^AUTHZ_[A-Z_]+$/);
  });

  it('accepts an old issuer from legacyIssuer() only, and shows no part of another object', () => {
    const made = legacyIssuer({ issuer: 'old', key: 's'.repeat(32), acceptUntil: '2027-03-31T00:00:00Z' });
    expect(parse({ issuer: { ...made, rolePrefix: 'old:' } }).legacy).toBe(made.legacy);
    const byHand = [
      { key: createSecretKey(Buffer.alloc(0)), algorithms: ['HS256'], acceptUntil: Number.NaN },
      { key: 'hunter2', algorithms: ['HS256'], acceptUntil: Infinity },
      { ...made.legacy },
      Object.create(made.legacy!) as object,
      {},
      null,
      true,
      'hunter2',
    ];
    for (const legacy of byHand) {
      const error = mistake(() => parse({ issuer: { issuer: 'old', legacy } }));
      expect(error.code).toBe('AUTHZ_LEGACY');
      expect(error.message).toMatch(
        /^"issuer\.legacy" must be the object that legacyIssuer\(\) made, got .* Call legacyIssuer\(\{/,
      );
      expect(error.message).not.toContain('hunter2');
    }
  });

  it('shows no credentials of a URL', () => {
    expect(mistake(() => parse({ issuer: 'https://user:hunter2@id.acme.com' })).message).not.toContain('hunter2');
    expect(mistake(() => parse({ issuer: 'https://user:hunter2@id.acme.com\n' })).message).not.toContain('hunter2');
    expect(mistake(() => withIssuer({ jwksUri: 'https://user:hunter2@id.acme.com' })).message).not.toContain('hunter2');
  });
});

describe('pinned keys', () => {
  const rsa = newSigningKey('k1', 'RS256').jwk;

  it.each<[string, readonly object[], object]>([
    ['one for another algorithm', [rsa], { algorithms: ['ES256'] }],
    ['one to encrypt', [{ ...rsa, use: 'enc' }], {}],
    ['a private one', [{ ...rsa, d: 'AQAB' }], {}],
    ['a shared secret', [{ kty: 'oct', k: 'c2VjcmV0' }], {}],
    ['none at all', [{}], {}],
  ])('stop the start with %s alone, and describe the set', (_what, keys, members) => {
    const { code, message } = mistake(() => withIssuer({ jwks: { keys }, ...members }));
    expect(code).toBe('AUTHZ_JWKS');
    expect(message).toMatch(
      /^"issuer.jwks" must hold a public key for "algorithms" \((RS256, )?ES256\): (a key without "kid"|"k1") /,
    );
    expect(message).not.toMatch(/c2VjcmV0|AQAB/);
  });

  it('are good with one that is, beside others', () => {
    expect(withIssuer({ jwks: { keys: [{}, { kty: 'oct' }, rsa] } }).jwks?.keys).toHaveLength(3);
  });

  it('are not fetched, so "keyRequests" is a mistake', () => {
    const { code } = mistake(() => withIssuer({ jwks: { keys: [rsa] }, keyRequests: { tokenFile: '/token' } }));
    expect(code).toBe('AUTHZ_OPTION_CONFLICT');
  });
});
