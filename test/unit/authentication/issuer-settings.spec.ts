import { auth0, cognito, keycloak, parseIssuerSettings } from '../../../lib/authentication/index.js';
import { AuthzConfigError } from '../../../lib/core/index.js';

const ISSUER = 'https://id.acme.com';
const parse = (options: object) => parseIssuerSettings({ issuer: ISSUER, audience: 'orders', ...options });
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

describe('parseIssuerSettings', () => {
  it('fills in every default', () => {
    expect(parse({})).toEqual({
      issuer: ISSUER,
      jwksUri: undefined,
      allowHttp: false,
      audience: ['orders'],
      clientIds: undefined,
      algorithms: ['RS256', 'ES256'],
      claims: { roles: ['roles'], tenant: undefined },
      requiredClaims: new Map(),
      clockToleranceSeconds: 30,
    });
    expect(Object.isFrozen(parse({}))).toBe(true);
  });

  it('reads every option', () => {
    const issuer = {
      issuer: `${ISSUER}/`,
      jwksUri: 'https://keys.acme.com/jwks',
      audience: ['a', 'b'],
      clientIds: ['shop'],
      algorithms: ['PS256'],
      roles: 'realm_access.roles',
      tenant: ['org', 'id'],
      requiredClaims: { typ: 'Bearer' },
      allowHttp: true,
    };
    expect(parse({ issuer, clockToleranceSeconds: 5, algorithms: ['ES512'] })).toEqual({
      ...issuer,
      claims: { roles: ['realm_access', 'roles'], tenant: ['org', 'id'] },
      requiredClaims: new Map([['typ', 'Bearer']]),
      clockToleranceSeconds: 5,
      roles: undefined,
      tenant: undefined,
    });
  });

  it('lets what is said of the issuer override what is said of the module', () => {
    expect(parse({ algorithms: ['ES512'] }).algorithms).toEqual(['ES512']);
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
      message: expect.stringContaining(`"issuer" is "${issuer}"`),
    });
    expect(mistake(() => parse({ issuer })).message).toContain('allowHttp: true');
    expect(mistake(() => withIssuer({ jwksUri: `${issuer}/jwks` })).message).toContain('"issuer.jwksUri" is');
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
    ['issuer.issuer', { issuer: {} }, 'got nothing.'],
    ['issuer.issuer', { issuer: { issuer: 7 } }, 'got 7.'],
    ['issuer', { issuer: { issuer: ISSUER, jwksUrl: 'x' } }, '"issuer" has no option "jwksUrl". Did you mean "jwksUri"?'],
    ['issuer.jwksUri', { issuer: { issuer: ISSUER, jwksUri: '/jwks' } }, 'must be an absolute https URL'],
    ['issuer.jwksUri', { issuer: { issuer: ISSUER, jwksUri: null } }, 'got null.'],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: 'yes' } }, 'must be true or false, got "yes".'],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: 1 } }, 'must be true or false, got 1.'],
    ['issuer.allowHttp', { issuer: { issuer: ISSUER, allowHttp: null } }, 'must be true or false, got null.'],
    [
      'audience',
      { audience: undefined },
      /is missing\. Write .*audience: 'https:.*or audience: null to accept tokens for any API/,
    ],
    ['audience', { audience: '' }, 'got [""].'],
    ['audience', { audience: ' ' }, 'got [" "].'],
    ['audience', { audience: [] }, 'must be a text or a list of one or more texts, got [].'],
    ['audience', { audience: ['orders', 7] }, 'got ["orders",7].'],
    ['audience', { audience: 7 }, 'got 7.'],
    ['audience', { audience: false }, 'got false.'],
    ['audience', { audience: /orders/ }, 'got {}.'],
    ['audience', { issuer: { issuer: ISSUER, audience: [] } }, 'got [].'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: [] } }, 'must be a list of one or more texts, got [].'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: 'shop' } }, 'must be a list of one or more texts, got "shop".'],
    ['issuer.clientIds', { issuer: { issuer: ISSUER, clientIds: null } }, 'must be a list of one or more texts, got null.'],
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
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: [] } }, 'must be an object of claim names and texts'],
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: { typ: 7 } } }, 'got {"typ":7}.'],
    ['issuer.requiredClaims', { issuer: { issuer: ISSUER, requiredClaims: null } }, 'got null.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: -1 }, 'must be a number of seconds from 0 to 300 (default 30), got -1.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: 301 }, 'got 301.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: Number.NaN }, 'got NaN.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: Infinity }, 'got Infinity.'],
    ['clockToleranceSeconds', { clockToleranceSeconds: '30' }, 'got "30".'],
  ];
  it.each(wrong)('names the option %s, what came and what to write: %j', (option, options, message) => {
    const error = mistake(() => parse(options));
    expect(error.message.startsWith(`"${option}" `)).toBe(true);
    expect(error.message).toMatch(typeof message === 'string' ? new RegExp(message.replace(/[^\w\s]/g, '\\$&')) : message);
    expect(error.code).toMatch(/^AUTHZ_[A-Z_]+$/);
  });

  it('shows no credentials of a URL', () => {
    expect(mistake(() => parse({ issuer: 'https://user:hunter2@id.acme.com' })).message).not.toContain('hunter2');
    expect(mistake(() => parse({ issuer: 'https://user:hunter2@id.acme.com\n' })).message).not.toContain('hunter2');
    expect(mistake(() => withIssuer({ jwksUri: 'https://user:hunter2@id.acme.com' })).message).not.toContain('hunter2');
  });
});

describe('auth0', () => {
  it('knows what Auth0 writes, the slash at the end of iss included', () => {
    expect(auth0({ domain: 'acme.eu.auth0.com' })).toEqual({
      issuer: 'https://acme.eu.auth0.com/',
      jwksUri: 'https://acme.eu.auth0.com/.well-known/jwks.json',
      roles: ['roles'],
    });
    expect(auth0({ domain: 'acme.eu.auth0.com', roles: ['https://acme.com/roles'] }).roles).toEqual(['https://acme.com/roles']);
    expect(parse({ issuer: auth0({ domain: 'acme.eu.auth0.com' }) })).toMatchObject({ audience: ['orders'] });
  });

  it.each([
    [undefined],
    [''],
    ['https://acme.eu.auth0.com'],
    ['acme.eu.auth0.com/'],
    ['user@acme.com'],
    ['acme com'],
    ['-acme'],
    ['acme.'],
    [7],
    [null],
  ])('refuses the domain %j', (domain) => {
    expect(mistake(() => auth0({ domain: domain as string })).message).toMatch(
      /^"auth0\(\{ domain \}\)" must be a host name such as "acme\.eu\.auth0\.com", without https:\/\/ and path, got /,
    );
  });
});

describe('cognito', () => {
  const options = { region: 'eu-central-1', userPoolId: 'eu-central-1_AbCdEfGhI', clientIds: ['shop'] };

  it('knows what Cognito writes: no aud, but token_use and client_id', () => {
    const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
    expect(cognito(options)).toEqual({
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience: null,
      clientIds: ['shop'],
      roles: ['cognito:groups'],
      requiredClaims: { token_use: 'access' },
    });
    expect(parseIssuerSettings({ issuer: cognito(options) })).toMatchObject({ audience: null, clientIds: ['shop'] });
  });

  it.each([
    ['region', { region: '' }],
    ['region', { region: undefined }],
    ['region', { region: 'evil.example/x' }],
    ['region', { region: 'eu central' }],
    ['userPoolId', { userPoolId: '' }],
    ['userPoolId', { userPoolId: 'a?b' }],
    ['userPoolId', { userPoolId: 7 }],
    ['clientIds', { clientIds: [] }],
    ['clientIds', { clientIds: 'shop' }],
    ['clientIds', { clientIds: undefined }],
    ['clientIds', { clientIds: ['shop', ''] }],
    ['clientIds', { clientIds: [7] }],
  ])('refuses a wrong %s: %j', (name, change) => {
    const wrong = { ...options, ...change } as typeof options;
    expect(mistake(() => cognito(wrong)).message).toMatch(
      new RegExp(`^"cognito\\(\\{ ${name} \\}\\)" must .*such as ".+", got `),
    );
  });
});

describe('keycloak', () => {
  const options = { url: 'https://id.acme.com', realm: 'acme' };

  it('knows what Keycloak writes', () => {
    expect(keycloak(options)).toEqual({
      issuer: 'https://id.acme.com/realms/acme',
      jwksUri: 'https://id.acme.com/realms/acme/protocol/openid-connect/certs',
      roles: ['realm_access', 'roles'],
      requiredClaims: { typ: 'Bearer' },
      allowHttp: false,
    });
  });

  it('reads the roles of a client instead, and fetches keys inside the cluster', () => {
    const inside = keycloak({
      url: 'https://id.acme.com/auth/',
      realm: 'acme',
      clientRolesOf: 'orders.api',
      internalUrl: 'http://keycloak:8080/',
      allowHttp: true,
    });
    expect(inside).toMatchObject({
      issuer: 'https://id.acme.com/auth/realms/acme',
      jwksUri: 'http://keycloak:8080/realms/acme/protocol/openid-connect/certs',
      roles: ['resource_access', 'orders.api', 'roles'],
      allowHttp: true,
    });
    expect(parse({ issuer: inside }).jwksUri).toBe(inside.jwksUri);
  });

  it('writes a realm as a URL does', () => {
    expect(keycloak({ ...options, realm: 'größe' }).issuer).toBe('https://id.acme.com/realms/gr%C3%B6%C3%9Fe');
  });

  it.each([
    ['url', { url: '' }],
    ['url', { url: undefined }],
    ['url', { url: 'id.acme.com' }],
    ['url', { url: 7 }],
    ['realm', { realm: '' }],
    ['realm', { realm: undefined }],
    ['realm', { realm: 'a/b' }],
    ['realm', { realm: 'a b' }],
    ['internalUrl', { internalUrl: 'keycloak' }],
    ['internalUrl', { internalUrl: '' }],
    ['clientRolesOf', { clientRolesOf: '' }],
    ['clientRolesOf', { clientRolesOf: 7 }],
  ])('refuses a wrong %s: %j', (name, change) => {
    const wrong = { ...options, ...change } as typeof options;
    expect(mistake(() => keycloak(wrong)).message).toMatch(
      new RegExp(`^"keycloak\\(\\{ ${name} \\}\\)" must be .*such as ".+", got `),
    );
  });

  it('allows http off loopback only by explicit choice', () => {
    expect(mistake(() => parse({ issuer: keycloak({ ...options, internalUrl: 'http://keycloak:8080' }) })).code).toBe(
      'AUTHZ_HTTP',
    );
  });
});
