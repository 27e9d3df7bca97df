import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import supertest from 'supertest';
import {
  auth0,
  Authenticated,
  AuthzModule,
  cognito,
  CurrentPrincipal,
  keycloak,
  Public,
  RequirePermissions,
} from '../../lib/index.js';
import { StubIssuer, type AuthzTestApp } from '../../lib/testing/index.js';
import { base64url } from '../tokens/base64url.js';
import { nowSeconds } from '../tokens/now-seconds.js';
import { afterTheCoolDown } from './after-the-cool-down.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { rawRequest } from './raw-request.js';

@Controller()
class Orders {
  @Get('orders') @RequirePermissions('orders:read') list(@CurrentPrincipal('subject') subject: string) {
    return { subject };
  }
  @Post('orders') @RequirePermissions('orders:create') create(@Body() body: unknown) {
    return body;
  }
  @Get('me') @Authenticated() me(@CurrentPrincipal('roles') roles: readonly string[]) {
    return { roles };
  }
  @Get('health') @Public() health() {
    return { up: true };
  }
}

/** Claims of a row; times are taken when the test runs, not when it is listed. */
const taken = (claims: object | (() => object)): object => (typeof claims === 'function' ? (claims as () => object)() : claims);

/** The challenge to a token that is there and no good. */
const INVALID_TOKEN = /^Bearer realm="api", error="invalid_token", error_description="The access token (is invalid|expired)"$/;

onBothAdapters(({ start, newAdapter, closeLater }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start(Orders);
  });
  const viewer = { roles: ['viewer'] };

  describe('a good token', () => {
    it('is accepted', async () => {
      await app
        .withToken(app.token({ ...viewer, sub: 'ann' }))
        .get('/orders')
        .expect(200, { subject: 'ann' });
    });

    it.each([
      ['signed with ES256', {}, { alg: 'ES256' }],
      ['with typ JWT', {}, { typ: 'JWT' }],
      ['with typ application/at+jwt', {}, { typ: 'application/at+jwt' }],
      ['without typ', {}, { typ: undefined }],
      ['without kid, where one key fits', {}, { kid: undefined }],
      ['for several audiences', { aud: ['others', 'orders'] }, {}],
      ['expired less than the clock tolerance ago', () => ({ exp: nowSeconds() - 5 }), {}],
      ['issued slightly ahead of our clock', () => ({ iat: nowSeconds() + 5, nbf: nowSeconds() + 5 }), {}],
    ] as const)('%s is accepted', async (_name, claims, header) => {
      await app
        .withToken(app.token({ ...viewer, ...taken(claims) }, header))
        .get('/orders')
        .expect(200);
    });

    it.each(['bearer', 'BEARER', 'Bearer '])('is accepted behind the scheme written "%s"', async (scheme) => {
      await app
        .anonymous()
        .get('/orders')
        .set('Authorization', `${scheme} ${app.token(viewer)}`)
        .expect(200);
    });
  });

  describe('no token', () => {
    it.each([
      ['no header', []],
      ['an empty header', ['Authorization:']],
      ['another scheme', ['Authorization: Basic YTpi']],
      ['another scheme that begins alike', ['Authorization: BearerX abc']],
      ['no scheme', ['Authorization: abc.def.ghi']],
      ['another header', ['X-Authorization: Bearer abc', 'Proxy-Authorization: Bearer abc']],
    ])('%s gets 401 with a challenge without an error code', async (_name, headers) => {
      const answer = await rawRequest(app, 'GET /orders', headers);
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="api"' } });
    });

    it('a token in the query, a cookie or the body is not read', async () => {
      const token = app.token({ roles: ['admin'] });
      await app.anonymous().get(`/orders?access_token=${token}&token=${token}`).expect(401);
      await app.anonymous().get('/orders').set('Cookie', `access_token=${token}; authorization=Bearer ${token}`).expect(401);
      await app.anonymous().post('/orders').send({ access_token: token }).expect(401);
    });
  });

  it('two Authorization headers get 400, in any spelling and even if both are the same', async () => {
    const header = `Bearer ${app.token(viewer)}`;
    for (const second of [`Authorization: ${header}`, 'authorization: Basic YTpi', 'AUTHORIZATION:'])
      expect(await rawRequest(app, 'GET /orders', [`Authorization: ${header}`, second])).toMatchObject({
        status: 400,
        headers: { 'www-authenticate': expect.stringContaining('error="invalid_request"') as unknown },
      });
  });

  describe('an invalid token gets 401 invalid_token:', () => {
    it.each([
      ['expired', () => ({ exp: nowSeconds() - 60 }), {}],
      ['without exp', { exp: undefined }, {}],
      ['with exp as text', { exp: '9999999999' }, {}],
      ['not yet valid', () => ({ nbf: nowSeconds() + 120 }), {}],
      ['issued in the future', () => ({ iat: nowSeconds() + 120 }), {}],
      ['for another audience', { aud: 'billing' }, {}],
      ['for an audience that only begins alike', { aud: 'orders2' }, {}],
      ['for no audience', { aud: undefined }, {}],
      ['of another issuer', { iss: 'https://id.other.test' }, {}],
      ['of an issuer that differs by a slash', { iss: 'https://id.acme.test/' }, {}],
      ['without issuer', { iss: undefined }, {}],
      ['without subject', { sub: undefined }, {}],
      ['with a subject that is no text', { sub: 7 }, {}],
      ['signed by an unknown key', {}, { kid: 'unknown' }],
      ['whose kid is a path', {}, { kid: '../../dev/null' }],
      ['whose kid is no text', {}, { kid: { a: 1 } as unknown as string }],
      ['of typ id+jwt', {}, { typ: 'id+jwt' }],
      ['with a critical extension', {}, { crit: ['exp'] }],
      ['of typ logout+jwt', {}, { typ: 'logout+jwt' }],
      ['of typ dpop+jwt', {}, { typ: 'dpop+jwt' }],
      ['an ID token by its nonce', { nonce: 'n' }, { typ: 'JWT' }],
      ['an ID token by its at_hash', { at_hash: 'h' }, { typ: 'JWT' }],
      ['an ID token by token_use', { token_use: 'id' }, {}],
      ['an ID token by the claim typ', { typ: 'ID' }, {}],
      [
        'an ID token by its shape',
        { aud: 'orders', azp: 'orders', client_id: undefined, scope: undefined, scp: undefined },
        { typ: 'JWT' },
      ],
      ['a refresh token', { typ: 'Refresh' }, {}],
      ['a logout token', { events: {} }, {}],
    ] as const)('%s', async (_name, claims, header) => {
      const answer = await app
        .withToken(app.token({ ...viewer, ...taken(claims) }, header))
        .get('/orders')
        .expect(401);
      expect(answer.headers['www-authenticate']).toMatch(INVALID_TOKEN);
    });

    /** Tokens that no issuer makes: made of parts of a good one. */
    const forgeries: readonly [string, (good: string, publicPem: string) => string][] = [
      ['empty', () => ''],
      ['two parts', (good) => good.split('.').slice(0, 2).join('.')],
      ['four parts', (good) => `${good}.x`],
      ['JSON in place of parts', () => '{"alg":"RS256"}'],
      ['no JSON inside', () => 'abc.def.ghi'],
      ['padded base64', (good) => `${good}=`],
      ['a token and a blank', (good) => `${good} x`],
      ['alg none without signature', (good) => `${base64url({ alg: 'none' })}.${good.split('.')[1] ?? ''}.`],
      ['alg none with a signature', (good) => `${base64url({ alg: 'none' })}.${good.split('.').slice(1).join('.')}`],
      ['alg None', (good) => `${base64url({ alg: 'None' })}.${good.split('.').slice(1).join('.')}`],
      ['HS256 with the public key as the secret', (good, pem) => hs256(good, pem, 'HS256')],
      ['an algorithm that is not accepted', (good, pem) => hs256(good, pem, 'RS512')],
      ['other claims under the signature', (good) => swap(good, 1, base64url({ ...claimsOf(good), roles: ['admin'] }))],
      ['a signature of another token', (good) => swap(good, 2, app.token(viewer).split('.')[2])],
      ['a key of its own in the header', (good) => swap(good, 0, base64url({ alg: 'RS256', jwk: { kty: 'RSA' } }))],
    ];
    it.each(forgeries)('%s', async (_name, forge) => {
      const { keys } = (await (await fetch(app.issuer.jwksUri)).json()) as { keys: JsonWebKey[] };
      const pem = createPublicKey({ key: keys[0]!, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
      const forged = forge(app.token(viewer), pem);
      const answer = await app.withToken(forged).get('/me').expect(401);
      expect(answer.headers['www-authenticate']).toMatch(INVALID_TOKEN);
    });

    it('whatever is asked for', async () => {
      const expired = app.withToken(app.token({ exp: 1 }));
      await expired.get('/me').expect(401);
      await expired.post('/orders').send({ a: 1 }).expect(401);
      await expired.get('/health').expect(200);
    });
  });

  it('a token longer than the header that Node reads gets 431', async () => {
    const long = app.token({ ...viewer, filler: 'x'.repeat(12_500) });
    expect((await rawRequest(app, 'GET /me', [`Authorization: Bearer ${long}`])).status).toBe(431);
  });

  describe('garbage in the Authorization header', () => {
    const nasty = [
      'Bearer',
      'Bearer ',
      `Bearer ${'.'.repeat(15_000)}`,
      `Bearer ${'a'.repeat(15_000)}`,
      `Bearer ${'a.'.repeat(7500)}`,
      `Bearer${' '.repeat(15_000)}x`,
      'Bearer '.repeat(2000),
      'Bearer\ta.b.c',
      'Bearer a.b.c, Bearer d.e.f',
      'Bearer \xff\xfe.\x80.\x81',
      'Bearer null',
      'Bearer __proto__',
      'Bearer %00.%00.%00',
      `Bearer ${base64url([])}.${base64url([])}.x`,
      `Bearer ${base64url(null)}.${base64url(null)}.x`,
      `Bearer ${base64url({ alg: 'RS256' })}.${base64url('text')}.x`,
      `Bearer ${base64url({ alg: ['RS256'] })}.${base64url({})}.x`,
      `Bearer ${base64url({ alg: 'constructor' })}.${base64url({})}.x`,
      `Bearer ${Buffer.from(`{"alg":"RS256","__proto__":{"kid":"x"}}`).toString('base64url')}.${base64url({})}.x`,
      `Bearer ${Buffer.from(`${'['.repeat(5000)}${']'.repeat(5000)}`).toString('base64url')}.${base64url({})}.x`,
      'a b c d e f',
      '=?utf-8?q?Bearer?= x',
    ];
    it.each(nasty.map((value) => [value.length > 60 ? `${value.slice(0, 57)}...` : value, value]))(
      '%j',
      async (_shown, value) => {
        expect([400, 401, 431]).toContain((await rawRequest(app, 'GET /me', [`Authorization: ${value}`])).status);
      },
    );

    it('whatever its bytes, never gets a 5xx, and the application keeps running', async () => {
      const visible = fc.string({
        unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
        maxLength: 300,
      });
      const parts = fc.array(fc.oneof(visible, fc.jsonValue().map(base64url)), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            visible,
            parts.map((all) => `Bearer ${all.join('.')}`),
          ),
          async (value) => {
            expect([400, 401]).toContain((await rawRequest(app, 'GET /me', [`Authorization: ${value}`])).status);
          },
        ),
        { numRuns: 150 },
      );
      await app.as('viewer').get('/orders').expect(200);
    });
  });

  describe("the issuer's keys", () => {
    afterEach(() => jest.restoreAllMocks());

    it('a rotation is picked up with the first token of the new key', async () => {
      const rotating = await start(Orders);
      await rotating.as('viewer').get('/orders').expect(200);
      const before = rotating.token(viewer);
      rotating.issuer.rotateKeys();
      afterTheCoolDown();
      await rotating.as('viewer').get('/orders').expect(200);
      await rotating.withToken(before).get('/orders').expect(401);
    });

    it('tokens with invented keys cause no repeated fetches', async () => {
      const asked = await start(Orders);
      await asked.as('viewer').get('/orders').expect(200);
      const { keyRequests } = asked.issuer;
      await Promise.all(
        [1, 2, 3, 4, 5].map((n) =>
          asked
            .withToken(asked.token(viewer, { kid: `k${n}` }))
            .get('/orders')
            .expect(401),
        ),
      );
      expect(asked.issuer.keyRequests).toBe(keyRequests + 1); // once, since a rotation looks the same
    });

    it('in an outage, known keys stay in use and unknown ones get 401', async () => {
      const outage = await start(Orders);
      await outage.as('viewer').get('/orders').expect(200);
      outage.issuer.goDown();
      afterTheCoolDown();
      const { keyRequests } = outage.issuer;
      await outage
        .withToken(outage.token(viewer, { kid: 'new' }))
        .get('/orders')
        .expect(401);
      expect(outage.issuer.keyRequests).toBe(keyRequests + 1);
      await outage.as('viewer').get('/orders').expect(200);
    });

    it('during an outage from the start requests get 503 with Retry-After, and the service recovers by itself', async () => {
      const issuer = closeLater(await closableIssuer());
      issuer.goDown();
      const log = new CapturedLog();
      const module = Test.createTestingModule({
        imports: [AuthzModule.forRoot({ ...OPTIONS, issuer: issuer.url })],
        controllers: [Orders],
      });
      const nest = closeLater((await module.setLogger(log).compile()).createNestApplication(newAdapter()));
      await nest.listen(0, '127.0.0.1');
      const get = (path: string) =>
        supertest(nest.getHttpServer() as never)
          .get(path)
          .set('Authorization', `Bearer ${issuer.token({ aud: 'orders', ...viewer })}`);
      const answer = await get('/orders').expect(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      await get('/health').expect(200);
      expect(await log.line(/cannot be fetched/)).toContain(
        `WARN The keys of ${issuer.url} cannot be fetched: no key is held, so requests with its tokens get 503. GET ${issuer.url}/`,
      );
      issuer.comeBack();
      await log.line(/DEBUG Holding 2 keys of/);
      await get('/orders').expect(200);
    });
  });

  describe('presets', () => {
    const keycloakIssuer = 'https://id.acme.test/realms/acme';
    const keycloakClaims = { iss: keycloakIssuer, aud: 'orders', typ: 'Bearer', azp: 'web', client_id: undefined };
    const cognitoIssuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
    const cognitoClaims = { iss: cognitoIssuer, client_id: 'app1', token_use: 'access', scope: 'aws.cognito.signin.user.admin' };
    const auth0Claims = { iss: 'https://acme.eu.auth0.com/', aud: ['orders', 'https://acme.eu.auth0.com/userinfo'], azp: 'web' };
    const issuers = {
      keycloak: { issuer: keycloak({ url: 'https://id.acme.test', realm: 'acme' }) },
      'keycloak client roles': { issuer: keycloak({ url: 'https://id.acme.test/', realm: 'acme', clientRolesOf: 'orders-api' }) },
      cognito: {
        issuer: cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_AbCdEfGhI', clientIds: ['app1', 'app2'] }),
        audience: undefined as never,
      },
      auth0: { issuer: auth0({ domain: 'acme.eu.auth0.com', roles: ['https://acme.com/roles'] }) },
    };
    const realm = { realm_access: { roles: ['viewer'] } };
    const cases: readonly [keyof typeof issuers, string, Record<string, unknown>, readonly string[] | 401][] = [
      ['keycloak', 'realm roles', { ...keycloakClaims, ...realm }, ['viewer']],
      ['keycloak', 'no roles at the top', { ...keycloakClaims, roles: ['admin'] }, []],
      [
        'keycloak',
        'no client roles among the realm roles',
        { ...keycloakClaims, resource_access: { 'orders-api': { roles: ['admin'] } } },
        [],
      ],
      ['keycloak', 'an ID token', { ...keycloakClaims, typ: 'ID' }, 401],
      ['keycloak', 'a refresh token', { ...keycloakClaims, typ: 'Refresh' }, 401],
      ['keycloak', 'a token that says no kind', { ...keycloakClaims, typ: undefined }, 401],
      ['keycloak', 'another realm', { ...keycloakClaims, iss: 'https://id.acme.test/realms/other' }, 401],
      ['keycloak', 'a token for the account client', { ...keycloakClaims, aud: 'account' }, 401],
      [
        'keycloak client roles',
        'the roles of the client',
        { ...keycloakClaims, ...realm, resource_access: { 'orders-api': { roles: ['clerk'] }, other: { roles: ['admin'] } } },
        ['clerk'],
      ],
      ['cognito', 'groups', { ...cognitoClaims, 'cognito:groups': ['clerk'] }, ['clerk']],
      ['cognito', 'a user in no group', { ...cognitoClaims, client_id: 'app2' }, []],
      ['cognito', 'another app client', { ...cognitoClaims, client_id: 'app3' }, 401],
      ['cognito', 'an ID token', { ...cognitoClaims, token_use: 'id', client_id: undefined, aud: 'app1' }, 401],
      ['cognito', 'a token that says no use', { ...cognitoClaims, token_use: undefined }, 401],
      ['cognito', 'another pool', { ...cognitoClaims, iss: `${cognitoIssuer}X` }, 401],
      ['auth0', 'roles in a claim named by a URL', { ...auth0Claims, 'https://acme.com/roles': ['clerk'] }, ['clerk']],
      ['auth0', 'a token without roles', auth0Claims, []],
      ['auth0', 'a token for another API', { ...auth0Claims, aud: ['https://acme.eu.auth0.com/userinfo'] }, 401],
      ['auth0', 'an issuer without its slash', { ...auth0Claims, iss: 'https://acme.eu.auth0.com' }, 401],
    ];
    const apps: Partial<Record<string, AuthzTestApp>> = {};
    it.each(cases)('%s: %s', async (preset, _name, claims, expected) => {
      const preseted = (apps[preset] ??= await start(Orders, issuers[preset]));
      const answer = await preseted.withToken(preseted.issuer.token(claims, { typ: 'JWT' })).get('/me');
      if (expected === 401) expect(answer.status).toBe(401);
      else expect(answer.body).toEqual({ roles: expected });
    });
  });
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

function swap(token: string, index: number, part: string | undefined): string {
  return token.split('.').with(index, part!).join('.');
}

function hs256(good: string, secret: string, alg: string): string {
  const input = `${base64url({ alg })}.${good.split('.')[1] ?? ''}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

async function closableIssuer(): Promise<StubIssuer & { close(): Promise<void> }> {
  const issuer = await StubIssuer.start();
  return Object.assign(issuer, { close: () => issuer.stop() });
}
