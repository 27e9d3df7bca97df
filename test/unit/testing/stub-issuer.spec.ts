import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { parseAuthenticationSettings, zitadel, type AuthenticationOptions } from '../../../lib/authentication/index.js';
import { CLIENT_ID_CLAIMS, firstIdentifier } from '../../../lib/core/index.js';
import { fittingClaims } from '../../../lib/testing/fitting-claims.js';
import { StubIssuer } from '../../../lib/testing/index.js';

let issuer: StubIssuer;
beforeEach(async () => (issuer = await StubIssuer.start()));
afterEach(() => issuer.stop());

const get = async (path: string) => {
  const response = await fetch(`${issuer.url}${path}`);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
};
const keySet = async () => createLocalJWKSet((await get('/jwks')).body as JSONWebKeySet);

describe('StubIssuer', () => {
  it('publishes the location of its keys, as an OpenID Connect issuer does', async () => {
    expect(await get('/.well-known/openid-configuration')).toEqual({
      status: 200,
      type: 'application/json',
      body: { issuer: issuer.url, jwks_uri: issuer.jwksUri },
    });
    expect(await get('/elsewhere')).toEqual({ status: 404, type: 'application/json', body: {} });
  });

  it('listens on loopback only, each on its own port', async () => {
    const other = await StubIssuer.start();
    expect(issuer.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(other.url).not.toBe(issuer.url);
    await other.stop();
  });

  it('publishes its public keys and counts the requests', async () => {
    expect(issuer.keyRequests).toBe(0);
    const { keys } = (await get('/jwks')).body as JSONWebKeySet;
    expect(keys).toMatchObject([
      { kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) },
      { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: expect.any(String) },
    ]);
    expect(keys.some((key) => 'd' in key)).toBe(false);
    expect(issuer.keyRequests).toBe(1);
  });

  it.each(['RS256', 'ES256'] as const)('signs %s tokens that another library verifies', async (alg) => {
    const { payload, protectedHeader } = await jwtVerify(
      issuer.token({ aud: 'orders' }, { alg }),
      createRemoteJWKSet(new URL(issuer.jwksUri)),
      {
        issuer: issuer.url,
        audience: 'orders',
        typ: 'at+jwt',
      },
    );
    expect(protectedHeader.alg).toBe(alg);
    expect(payload).toMatchObject({ sub: 'test-subject', client_id: 'test-client', jti: expect.any(String) });
    expect(payload.exp! - payload.iat!).toBe(300);
  });

  it('has the claims of the test, and omits those that are undefined', () => {
    const claims = decodeJwt(
      issuer.token({ sub: 'alice', roles: ['viewer'], exp: undefined, client_id: undefined, extra: { a: 1 } }),
    );
    expect(claims).toEqual({
      iss: issuer.url,
      sub: 'alice',
      roles: ['viewer'],
      extra: { a: 1 },
      iat: expect.any(Number),
      jti: expect.any(String),
    });
    expect(decodeJwt(issuer.token())).not.toHaveProperty('aud');
    expect(decodeProtectedHeader(issuer.token({}, { typ: undefined, kid: undefined, extra: 1 }))).toEqual({
      alg: 'RS256',
      extra: 1,
    });
    expect(decodeProtectedHeader(issuer.token({}, { typ: 'JWT', kid: 'k' }))).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k' });
  });

  it('gives each token its own identifier', () => {
    expect(decodeJwt(issuer.token()).jti).not.toBe(decodeJwt(issuer.token()).jti);
  });

  it('rotates: new keys verify new tokens only', async () => {
    const [oldToken, oldSet] = [issuer.token(), await keySet()];
    issuer.rotateKeys();
    const newSet = await keySet();
    await expect(jwtVerify(issuer.token(), newSet)).resolves.toBeDefined();
    await expect(jwtVerify(oldToken, oldSet)).resolves.toBeDefined();
    await expect(jwtVerify(oldToken, newSet)).rejects.toThrow('no applicable key');
    await expect(jwtVerify(issuer.token(), oldSet)).rejects.toThrow('no applicable key');
  });

  it('has an outage on demand, counts requests in it, and keeps its keys', async () => {
    const token = issuer.token();
    issuer.goDown();
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/elsewhere'])
      expect(await get(path)).toMatchObject({ status: 503, body: {} });
    expect(issuer.keyRequests).toBe(1);
    issuer.comeBack();
    await expect(jwtVerify(token, await keySet())).resolves.toBeDefined();
  });

  it('ends, and may be ended with connections open', async () => {
    const ended = await StubIssuer.start();
    const { jwksUri } = ended;
    await fetch(jwksUri);
    await ended.stop();
    await expect(fetch(jwksUri)).rejects.toThrow();
  });
});

describe('fittingClaims', () => {
  const settingsOf = (options: Partial<AuthenticationOptions>) =>
    parseAuthenticationSettings({ issuer: 'https://id.acme.com', audience: 'orders', ...options } as AuthenticationOptions)
      .issuers[0]!;
  const from = (members: object) => ({ issuer: { issuer: 'https://id.acme.com', ...members } });
  /** Providers name the client and the scopes differently. */
  const clientAndScopes = (client: string) => ({ client_id: client, azp: client, cid: client, scope: '', scp: [] });

  it.each<[Partial<AuthenticationOptions>, object]>([
    [{}, { aud: 'orders', roles: ['viewer', 'clerk'] }],
    [{ audience: ['a', 'b'] }, { aud: 'a', roles: ['viewer', 'clerk'] }],
    [{ audience: null }, { roles: ['viewer', 'clerk'] }],
    [from({ roles: 'realm_access.roles' }), { aud: 'orders', realm_access: { roles: ['viewer', 'clerk'] } }],
    [from({ roles: ['https://acme.com/roles'] }), { aud: 'orders', 'https://acme.com/roles': ['viewer', 'clerk'] }],
    [from({ roles: { anyOf: ['groups', 'roles'] } }), { aud: 'orders', groups: ['viewer', 'clerk'] }],
    [from({ requiredClaims: { token_use: 'access' } }), { aud: 'orders', token_use: 'access', roles: ['viewer', 'clerk'] }],
    [from({ rolesFormat: 'space-separated' }), { aud: 'orders', roles: 'viewer clerk' }],
    [from({ rolesFormat: 'comma-separated' }), { aud: 'orders', roles: 'viewer,clerk' }],
    [from({ rolesFormat: 'keys' }), { aud: 'orders', roles: { viewer: {}, clerk: {} } }],
    [from({ rolesFormat: (value: unknown) => value }), { aud: 'orders', roles: ['viewer', 'clerk'] }],
    [from({ rolesFormat: () => [] }), { aud: 'orders', roles: ['viewer', 'clerk'] }],
  ])('for the options %j are the issuer and %j', (options, claims) => {
    expect(fittingClaims(settingsOf(options), ['viewer', 'clerk'])).toEqual({
      iss: 'https://id.acme.com',
      ...clientAndScopes('test-client'),
      ...claims,
    });
  });

  it('name an accepted client', () => {
    expect(fittingClaims(settingsOf(from({ clientIds: ['shop', 'till'] })), [])).toMatchObject(clientAndScopes('shop'));
  });

  it('name no client if only tokens without one are accepted', () => {
    const claims = fittingClaims(settingsOf(from({ clientIds: [null] })), []);
    expect(firstIdentifier(claims, CLIENT_ID_CLAIMS)).toBeUndefined();
    expect(decodeJwt(issuer.token(claims))).not.toHaveProperty('client_id');
  });

  it('hold subject, tenant and roles also within one claim', () => {
    const tenant = { claim: 'user.org', required: true };
    const settings = settingsOf(from({ subject: 'user.id', tenant, roles: 'user.roles' }));
    const user = { id: 'test-subject', org: 'test-tenant', roles: ['viewer'] };
    expect(fittingClaims(settings, ['viewer'])).toMatchObject({ user });
  });

  it('leave out the prefix that is put before the roles of this issuer', () => {
    const settings = settingsOf(from({ rolePrefix: 'partner:' }));
    const claims = fittingClaims(settings, ['partner:viewer', 'clerk']);
    expect(claims['roles']).toEqual(['viewer', 'clerk']);
    expect(settings.readRoles(claims)).toEqual(['partner:viewer', 'partner:clerk']);
  });

  it.each([{}, { projectId: '234' }, { organizationId: '567' }, { projectId: '234', organizationId: '567' }])(
    'are read by zitadel(%j) as the roles that they were made of',
    (options) => {
      const settings = settingsOf({ issuer: zitadel({ issuer: 'https://acme.zitadel.cloud', ...options }) });
      for (const roles of [[], ['viewer'], ['viewer', 'clerk']]) {
        const claims: unknown = JSON.parse(JSON.stringify(fittingClaims(settings, roles)));
        expect(settings.readRoles(claims as Record<string, unknown>)).toEqual(roles);
      }
    },
  );
});
