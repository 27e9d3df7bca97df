import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  auth0,
  Authz,
  clerk,
  cloudflareAccess,
  cognito,
  CurrentPrincipal,
  entraId,
  firebase,
  fusionAuth,
  generic,
  google,
  googleIap,
  keycloak,
  legacyIssuer,
  okta,
  oryHydra,
  RequireAuthContext,
  RequirePermissions,
  RequireScopes,
  rfc9068,
  supabase,
  workOs,
  zitadel,
  type AuthzModuleOptions,
  type IssuerOptions,
  type IssuerResolver,
  type Principal,
} from '../../lib/index.js';
import { StubIssuer, type StubTokenClaims } from '../../lib/testing/index.js';
import { nowSeconds } from '../tokens/now-seconds.js';
import { fakeOnly } from '../waiting/fake-timers.js';
import { REASON, startService, type Service } from './attacks/service.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { issuer, subject, roles, tenant }: Principal) {
    return { issuer, subject, roles, tenant };
  }

  @Get('secret')
  @RequirePermissions('orders:delete')
  secret() {
    return {};
  }

  @Get('scoped')
  @RequireScopes('orders')
  scoped() {
    return {};
  }

  @Get('strong')
  @RequireAuthContext({ acr: ['mfa'] })
  strong() {
    return {};
  }
}

const MAPPING: AuthzModuleOptions['mapping'] = {
  roles: { viewer: ['orders:read'], 'partner:viewer': ['orders:read'], admin: ['*'], frozen: { deny: ['orders:delete'] } },
};

let ours: StubIssuer;
let partner: StubIssuer;
let stranger: StubIssuer;
beforeAll(async () => {
  [ours, partner, stranger] = await Promise.all([StubIssuer.start(), StubIssuer.start(), StubIssuer.start()]);
});
afterAll(() => Promise.all([ours, partner, stranger].map((issuer) => issuer.stop())));
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const fetches = () => [ours, partner, stranger].map(({ keyRequests }) => keyRequests);

onBothAdapters(({ start, newAdapter, closeLater }) => {
  const serve = async (options: Partial<AuthzModuleOptions>): Promise<Service> =>
    closeLater(await startService({ mapping: MAPPING, ...options }, [OrdersController], newAdapter()));

  describe('several issuers', () => {
    let service: Service;
    beforeAll(async () => {
      service = await serve({
        issuers: [
          ours.url, // by discovery
          {
            issuer: partner.url,
            jwksUri: partner.jwksUri,
            audience: 'partner-orders',
            algorithms: ['ES256'],
            roles: 'groups',
            rolePrefix: 'partner:',
          },
        ],
        audience: 'orders',
      });
    });
    const oursWith = (claims: StubTokenClaims = {}) => ours.token({ aud: 'orders', roles: ['viewer'], ...claims });
    const partnersWith = (claims: StubTokenClaims = {}, alg: 'ES256' | 'RS256' = 'ES256') =>
      partner.token({ aud: 'partner-orders', groups: ['viewer'], ...claims }, { alg });

    it('each have their own keys, audience, algorithms and roles', async () => {
      const { body: one } = await service.with(oursWith()).get('/orders').expect(200);
      expect(one).toEqual({ issuer: ours.url, subject: 'test-subject', roles: ['viewer'] });
      const { body: other } = await service.with(partnersWith()).get('/orders').expect(200);
      expect(other).toEqual({ issuer: partner.url, subject: 'test-subject', roles: ['partner:viewer'] });
    });

    it.each<[string, () => string, string]>([
      ['in the name of the one by the key of the other', () => partner.token({ aud: 'orders', iss: ours.url }), 'key_unknown'],
      [
        'in the name of the other by the key of the one',
        () => ours.token({ aud: 'partner-orders', iss: partner.url }, { alg: 'ES256' }),
        'key_unknown',
      ],
      ['of the one for the audience of the other', () => oursWith({ aud: 'partner-orders' }), 'audience_mismatch'],
      ['of the other for the audience of the one', () => partnersWith({ aud: 'orders' }), 'audience_mismatch'],
      ['of the other with an algorithm of the one', () => partnersWith({}, 'RS256'), 'algorithm_not_allowed'],
    ])('refuse a token %s', async (_name, token, reason) => {
      await service.with(token()).get('/orders').expect(401).expect(REASON, reason);
    });

    it('do not lend each other roles', async () => {
      await service
        .with(partnersWith({ groups: ['admin'] }))
        .get('/orders')
        .expect(403);
      await service
        .with(partnersWith({ groups: [], roles: ['admin'] }))
        .get('/orders')
        .expect(403);
      await service
        .with(oursWith({ roles: ['admin'] }))
        .get('/orders/secret')
        .expect(200);
    });

    it('respond with 401 to an unknown one, without a fetch', async () => {
      const before = fetches();
      await service
        .with(stranger.token({ aud: 'orders', roles: ['admin'] }))
        .get('/orders')
        .expect(401)
        .expect(REASON, 'issuer_unknown');
      expect(fetches()).toEqual(before);
    });

    it('are counted each for itself', async () => {
      const counting = await serve({
        issuers: [ours.url, { issuer: partner.url, audience: 'partner-orders' }],
        audience: 'orders',
      });
      const statistics = () => counting.app.get(Authz).diagnostics().issuers;
      expect(statistics()).toEqual(
        [ours.url, partner.url].map((issuer) => ({
          issuer,
          accepted: 0,
          refused: 0,
          tokenBytes: { mean: 0, largest: 0 },
          roles: { mean: 0, most: 0 },
        })),
      );
      const [small, large] = [oursWith(), oursWith({ roles: ['viewer', 'a', 'b', 'c'] })];
      for (const token of [small, large, large]) await counting.with(token).get('/orders').expect(200);
      await counting
        .with(oursWith({ aud: 'users' }))
        .get('/orders')
        .expect(401);
      await counting
        .with(oursWith({ exp: 1 }))
        .get('/orders')
        .expect(401);
      await counting.with('garbage').get('/orders').expect(401); // of no issuer
      const mean = (small.length + 2 * large.length) / 3;
      expect(statistics()[0]).toEqual({
        issuer: ours.url,
        accepted: 3,
        refused: 2,
        tokenBytes: { mean: Math.round(mean * 10) / 10, largest: large.length },
        roles: { mean: 3, most: 4 },
      });
      expect(statistics()[1]).toMatchObject({ issuer: partner.url, accepted: 0, refused: 0 });
    });
  });

  describe('a large token', () => {
    it('is warned about once, and again by a larger one only', async () => {
      const service = await serve({ issuer: ours.url, audience: 'orders' });
      const warnings = () => service.log.matching(/WARN A token of .* has \d+ bytes/);
      const padded = (length: number) => ours.token({ aud: 'orders', roles: ['viewer', 'a'], padding: 'x'.repeat(length) });
      await service.with(padded(100)).get('/orders').expect(200);
      expect(warnings()).toEqual([]);
      const large = padded(4000);
      for (const token of [large, large, padded(3900), padded(4000)]) await service.with(token).get('/orders').expect(200);
      expect(warnings()).toEqual([expect.stringContaining(`${ours.url} has ${large.length} bytes with 2 roles`)]);
      await service.with(padded(5000)).get('/orders').expect(200);
      expect(warnings()).toHaveLength(2);
      expect(warnings().join()).not.toContain('eyJ');
    });
  });

  describe('a resolver of issuers', () => {
    const tenants = new Map<string, IssuerOptions>();
    const asked: string[] = [];
    let isDown = false;
    let service: Service;
    beforeAll(async () => {
      const resolver: IssuerResolver = {
        resolve: (iss) => {
          asked.push(iss);
          return isDown ? Promise.reject(new Error('the database is down')) : tenants.get(iss);
        },
      };
      service = await serve({ issuers: resolver, audience: 'orders' });
      tenants.set(ours.url, { issuer: ours.url });
    });
    afterAll(() => {
      tenants.clear();
      asked.length = 0;
      isDown = false;
    });
    const tokenOf = (issuer: StubIssuer, claims: StubTokenClaims = {}) =>
      issuer.token({ aud: 'orders', roles: ['viewer'], ...claims });

    it('is called once for a tenant', async () => {
      const tokens = Array.from({ length: 5 }, () => tokenOf(ours));
      await Promise.all(tokens.map((token) => service.with(token).get('/orders').expect(200)));
      expect(asked).toEqual([ours.url]);
    });

    it('accepts a tenant that was added at run time, with its own settings', async () => {
      tenants.set(partner.url, { issuer: partner.url, jwksUri: partner.jwksUri, rolePrefix: 'partner:', tenant: 'org' });
      const { body } = await service
        .with(tokenOf(partner, { org: 'acme' }))
        .get('/orders')
        .expect(200);
      expect(body).toEqual({ issuer: partner.url, subject: 'test-subject', roles: ['partner:viewer'], tenant: 'acme' });
      expect(
        service.app
          .get(Authz)
          .diagnostics()
          .issuers.map(({ issuer }) => issuer),
      ).toEqual([ours.url, partner.url]);
    });

    it('keeps tenants apart', async () => {
      await service
        .with(partner.token({ aud: 'orders', roles: ['viewer'], iss: ours.url }))
        .get('/orders')
        .expect(401)
        .expect(REASON, 'key_unknown');
    });

    it('is called once for an unknown name, and nothing is fetched for it', async () => {
      const before = fetches();
      const names = ['https://evil.example', '__proto__', 'constructor', `${ours.url}/`];
      for (const iss of [...names, ...names])
        await service.with(tokenOf(stranger, { iss })).get('/orders').expect(401).expect(REASON, 'issuer_unknown');
      for (const name of names) expect(asked.filter((iss) => iss === name)).toEqual([name]);
      expect(fetches()).toEqual(before);
    });

    it('responds with 503 while it is down, logs it, and keeps serving the known tenants', async () => {
      isDown = true;
      const { headers } = await service.with(tokenOf(stranger)).get('/orders').expect(503);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      await service.with(tokenOf(ours)).get('/orders').expect(200);
      expect(service.log.matching(/WARN The issuers cannot be looked up: the database is down/)).not.toEqual([]);
      isDown = false;
      tenants.set(stranger.url, { issuer: stranger.url });
      await service.with(tokenOf(stranger)).get('/orders').expect(200);
    });

    it('fills no log while it is down', async () => {
      const failing = await serve({ issuers: { resolve: () => Promise.reject(new Error('down')) }, audience: 'orders' });
      for (let index = 0; index < 5; index++)
        await failing
          .with(tokenOf(stranger, { iss: `https://made-up-${index}.example` }))
          .get('/orders')
          .expect(503);
      expect(failing.log.matching(/cannot be looked up/)).toEqual(['WARN The issuers cannot be looked up: down Authz']);
      const { now: clock } = performance;
      jest.spyOn(performance, 'now').mockImplementation(() => clock.call(performance) + 60_000);
      await failing.with(tokenOf(stranger)).get('/orders').expect(503);
      expect(failing.log.matching(/cannot be looked up/)[1]).toBe(
        'WARN The issuers cannot be looked up (and 4 times before this): down Authz',
      );
    });

    it('accepts no token of one issuer in the name of another', async () => {
      const confused = await serve({ issuers: { resolve: () => ({ issuer: ours.url }) }, audience: 'orders' });
      await confused
        .with(tokenOf(ours, { iss: 'https://victim.example' }))
        .get('/orders')
        .expect(503);
      expect(
        confused.log.matching(
          /"issuers.resolve\(\)" must return the issuer that it was asked for \("https:\/\/victim.example"\), got/,
        ),
      ).not.toEqual([]);
    });
  });

  describe('permissions in the token', () => {
    const CASES: [combine: 'union' | 'intersect' | 'only', claims: StubTokenClaims, read: number, secret: number][] = [
      ['union', { roles: ['viewer'], permissions: ['orders:delete'] }, 200, 200],
      ['union', { roles: [], permissions: ['orders:read'] }, 200, 403],
      ['union', { roles: ['viewer', 'frozen'], permissions: ['orders:delete'] }, 200, 403],
      ['intersect', { roles: ['admin'], permissions: ['orders:read'] }, 200, 403],
      ['intersect', { roles: ['viewer'], permissions: ['orders:read', 'orders:delete'] }, 200, 403],
      ['intersect', { roles: ['admin'] }, 403, 403],
      ['only', { roles: ['admin'], permissions: ['orders:read'] }, 200, 403],
      ['only', { roles: [], permissions: ['orders:delete'] }, 403, 200],
      ['only', { roles: ['frozen'], permissions: ['orders:delete', 'orders:read'] }, 200, 403],
      ['union', { roles: [], permissions: ['*', 'orders:*', '**'] }, 403, 403],
      ['only', { roles: [], permissions: ['*', 'orders:*'] }, 403, 403],
      ['union', { roles: [], permissions: 'orders:read' }, 403, 403],
      ['union', { roles: [], permissions: { 'orders:read': true } }, 403, 403],
      ['union', { roles: [], scope: 'orders:read' }, 403, 403],
    ];
    it.each(CASES)('%s: with %j read responds with %i and delete %i', async (combine, claims, read, secret) => {
      const issuer = { issuer: 'https://id.acme.test', tokenPermissions: { claim: 'permissions', combine } };
      const app = await start(OrdersController, { issuer, mapping: MAPPING });
      const caller = app.withToken(app.token(claims));
      await caller.get('/orders').expect(read);
      await caller.get('/orders/secret').expect(secret);
    });
  });

  describe('the issuer of before the move', () => {
    const SECRET = 'the old service shared this secret with everybody';
    const OLD = 'user-service';
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const oldToken = (claims: Record<string, unknown> = {}, secret = SECRET) => {
      const good = { iss: OLD, aud: 'orders', sub: '17', roles: ['reader'], exp: nowSeconds() + 300 };
      const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...good, ...claims })}`;
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    };
    const legacy = (changes: Partial<Parameters<typeof legacyIssuer>[0]> = {}) =>
      legacyIssuer({
        issuer: OLD,
        key: SECRET,
        acceptUntil: inDays(90),
        subject: ({ sub }) => (sub === '17' ? 'auth|alice' : undefined),
        role: (name) => ({ reader: 'viewer', root: 'admin' })[name],
        ...changes,
      });
    const beside = (changes: Partial<Parameters<typeof legacyIssuer>[0]> = {}) =>
      serve({ issuers: [ours.url, legacy(changes)], audience: 'orders' });

    it('is accepted beside the new one, subject and roles translated, and both are counted', async () => {
      const service = await beside();
      const { body } = await service.with(oldToken()).get('/orders').expect(200);
      expect(body).toEqual({ issuer: OLD, subject: 'auth|alice', roles: ['viewer'] });
      await service
        .with(oldToken({ roles: ['root'] }))
        .get('/orders/secret')
        .expect(200);
      await service
        .with(ours.token({ aud: 'orders', roles: ['viewer'] }))
        .get('/orders')
        .expect(200);
      const counted = service.app.get(Authz).diagnostics().issuers;
      expect(counted.map(({ issuer, accepted }) => [issuer, accepted])).toEqual([
        [ours.url, 1],
        [OLD, 2],
      ]);
    });

    it.each<[string, () => string, string]>([
      ['its secret in the name of the new one', () => oldToken({ iss: ours.url }), 'algorithm_not_allowed'],
      ['the new one’s key in its name', () => ours.token({ iss: OLD, aud: 'orders', sub: '17' }), 'algorithm_not_allowed'],
      ['another secret', () => oldToken({}, 'x'.repeat(40)), 'signature_invalid'],
      ['an empty secret', () => oldToken({}, ''), 'signature_invalid'],
      ['another audience', () => oldToken({ aud: 'users' }), 'audience_mismatch'],
      ['a token that has ended', () => oldToken({ exp: nowSeconds() - 60 }), 'token_expired'],
      ['a token that never ends', () => oldToken({ exp: undefined }), 'claims_invalid'],
      ['a subject that has no new name', () => oldToken({ sub: '18' }), 'claims_invalid'],
    ])('is refused with %s', async (_name, token, reason) => {
      const service = await beside();
      await service.with(token()).get('/orders').expect(401).expect(REASON, reason);
    });

    it('grants nothing for roles without a new name', async () => {
      const service = await beside();
      await service
        .with(oldToken({ roles: ['viewer', 'admin', 'constructor', '__proto__'] }))
        .get('/orders')
        .expect(403);
    });

    it.each<[string, Partial<Parameters<typeof legacyIssuer>[0]>, number]>([
      ['subjects', { subject: () => JSON.parse('{') as string }, 401],
      ['roles', { role: () => JSON.parse('{') as string }, 403],
    ])('refuses the token if the translation of %s throws', async (_name, changes, status) => {
      const service = await beside(changes);
      await service.with(oldToken()).get('/orders').expect(status);
    });

    it('may sign with a key of its own', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
      const service = await beside({ key: pem });
      const { sign } = await import('node:crypto');
      const input = `${part({ alg: 'RS256' })}.${part({ iss: OLD, aud: 'orders', sub: '17', roles: ['reader'], exp: nowSeconds() + 300 })}`;
      const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
      await service.with(token).get('/orders').expect(200);
      await service.with(oldToken({}, pem)).get('/orders').expect(401).expect(REASON, 'algorithm_not_allowed');
    });

    it('ends at its date, also for a token that was accepted before', async () => {
      const acceptUntil = new Date(Date.now() + 120_000);
      const service = await beside({ acceptUntil });
      const token = oldToken();
      await service.with(token).get('/orders').expect(200);
      jest.spyOn(Date, 'now').mockReturnValue(acceptUntil.getTime());
      await service.with(token).get('/orders').expect(401).expect(REASON, 'issuer_retired');
      await service
        .with(ours.token({ aud: 'orders', roles: ['viewer'] }))
        .get('/orders')
        .expect(200);
    });

    it('is accepted if all others must follow RFC 9068', async () => {
      const service = await serve({ issuers: [ours.url, legacy()], audience: 'orders', profile: 'rfc9068' });
      await service.with(oldToken()).get('/orders').expect(200);
      await service
        .with(ours.token({ aud: 'orders', roles: ['viewer'] }, { typ: 'JWT' }))
        .get('/orders')
        .expect(401)
        .expect(REASON, 'not_access_token');
    });

    it('is not to be made by hand', async () => {
      const byHand = { key: createSecretKey(Buffer.alloc(0)), algorithms: ['HS256'], acceptUntil: Number.NaN };
      const legacySettings = { ...byHand, hasShortSecret: false, withoutIss: false, role: undefined, lookup: undefined };
      const issuer = { issuer: OLD, legacy: legacySettings };
      await expect(serve({ issuers: [ours.url, issuer], audience: 'orders' })).rejects.toThrow(/Call legacyIssuer\(\{/);
    });

    it('is warned of again each day while the service runs, and no longer', async () => {
      fakeOnly(['Date', 'hrtime', 'performance', 'setInterval', 'clearInterval']);
      const issuers = [ours.url, legacy({ acceptUntil: inDays(10) })];
      const service = await startService({ issuers, audience: 'orders', mapping: MAPPING }, [OrdersController], newAdapter());
      const days = () => service.log.matching(/old issuer/).map((line) => /for (\d+) more days/.exec(line)?.[1]);
      jest.advanceTimersByTime(2 * 86_400_000);
      expect(days()).toEqual(['10', '9', '8']);
      await service.close();
      jest.advanceTimersByTime(86_400_000);
      expect(days()).toHaveLength(3);
    });

    it.each<[string, () => Date, RegExp | undefined]>([
      ['is silent about a date far away', () => inDays(90), undefined],
      [
        'warns of a date within 30 days',
        () => inDays(10),
        /WARN Tokens of the old issuer user-service are accepted for 10 more days/,
      ],
      [
        'says that the date has passed',
        () => inDays(-1),
        /WARN Tokens of the old issuer user-service have not been accepted since/,
      ],
    ])('%s', async (_name, acceptUntil, line) => {
      const { log } = await beside({ acceptUntil: acceptUntil() });
      expect(log.matching(/old issuer/)).toEqual(line === undefined ? [] : [expect.stringMatching(line)]);
    });
  });

  describe('an issuer whose name is no URL', () => {
    it.each(['acme.com', 'urn:acme:id', 'spiffe://acme.com'])(
      'is identified by it, if its keys are configured: %s',
      async (name) => {
        const service = await serve({ issuer: { issuer: name, jwksUri: ours.jwksUri, clientIds: ['0oa1'] }, audience: 'orders' });
        const named = { aud: 'orders', roles: ['viewer'], client_id: undefined, cid: '0oa1' };
        const { body } = await service
          .with(ours.token({ ...named, iss: name }, { typ: 'JOSE' }))
          .get('/orders')
          .expect(200);
        expect(body).toMatchObject({ issuer: name });
        await service.with(ours.token(named)).get('/orders').expect(401).expect(REASON, 'issuer_unknown');
        await service
          .with(ours.token({ ...named, iss: name, cid: 'other' }))
          .get('/orders')
          .expect(401)
          .expect(REASON, 'audience_mismatch');
      },
    );

    it('stops the start, if they would have to be discovered', async () => {
      await expect(serve({ issuer: 'acme.com', audience: 'orders' })).rejects.toThrow('"jwksUri" or "jwks" beside it');
    });
  });

  describe('presets under test', () => {
    const TENANT = '11111111-2222-3333-4444-555555555555';
    it.each<[string, IssuerOptions]>([
      ['auth0', auth0({ domain: 'acme.eu.auth0.com', roles: ['https://acme.com/roles'], permissions: 'union' })],
      ['clerk', clerk({ frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com'] })],
      ['cloudflareAccess', cloudflareAccess({ teamDomain: 'acme.cloudflareaccess.com', audience: '32eafc76' })],
      ['cognito', cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_A', clientIds: ['app'] })],
      ['entraId', entraId({ tenantId: TENANT })],
      ['entraId version 1', entraId({ tenantId: TENANT, version: 1 })],
      ['firebase', firebase({ projectId: 'acme-prod' })],
      ['fusionAuth', fusionAuth({ url: 'https://auth.acme.com', applicationId: TENANT })],
      ['generic', generic({ issuer: 'https://id.acme.test', rolesFormat: 'comma-separated' })],
      ['google', google({ clientIds: ['1234.apps.googleusercontent.com'] })],
      ['googleIap, with roles', { ...googleIap({ audience: '/projects/1/apps/acme' }), roles: 'roles' }],
      ['keycloak', keycloak({ url: 'https://id.acme.test', realm: 'acme' })],
      ['keycloak, roles of a client', keycloak({ url: 'https://id.acme.test', realm: 'acme', clientRolesOf: 'orders' })],
      ['okta', okta({ domain: 'acme.okta.com' })],
      ['oryHydra', oryHydra({ issuer: 'https://hydra.acme.com/' })],
      ['rfc9068', rfc9068({ issuer: 'https://id.acme.test' })],
      ['supabase', supabase({ projectRef: 'abcdefghijklmnop' })],
      ['workOs', workOs({ clientId: 'client_01ABC', permissions: 'union' })],
      ['zitadel', zitadel({ issuer: 'https://acme.zitadel.cloud', projectId: '2345678901' })],
    ])('%s: as() makes a token that it accepts', async (_name, issuer) => {
      const app = await start(OrdersController, { issuer, mapping: MAPPING });
      const { body } = await app.as('viewer').get('/orders').expect(200);
      expect(body).toMatchObject({ issuer: issuer.issuer, roles: ['viewer'] });
      await app.as('viewer').get('/orders/secret').expect(403);
      await app.as().get('/orders').expect(403);
    });
  });

  describe('presets with real requests', () => {
    const TENANT = '11111111-2222-3333-4444-555555555555';
    const guardedBy = (preset: IssuerOptions) =>
      serve({ issuer: { ...preset, issuer: ours.url, jwksUri: ours.jwksUri }, audience: 'orders' });
    const directoryToken = (claims: StubTokenClaims) =>
      ours.token({ aud: 'orders', tid: TENANT, scope: 'orders', scp: 'orders', roles: ['viewer'], ...claims });

    it('entraId: groups that did not fit into the token count if roles are read from them', async () => {
      const overage = { _claim_names: { groups: 'src1' } };
      const byRoles = await guardedBy(entraId({ tenantId: TENANT }));
      await byRoles.with(directoryToken(overage)).get('/orders').expect(200);
      const byGroups = await guardedBy(entraId({ tenantId: TENANT, roles: { anyOf: ['roles', 'groups'] } }));
      await byGroups
        .with(directoryToken({ groups: ['admin'] }))
        .get('/orders/secret')
        .expect(200);
      for (const claims of [overage, { hasgroups: true }])
        await byGroups.with(directoryToken(claims)).get('/orders').expect(401).expect(REASON, 'roles_overage');
    });

    it('keycloak: the login’s nonce in an access token is no harm, and an ID token stays one', async () => {
      const service = await guardedBy(
        keycloak({ url: 'https://id.acme.test', realm: 'My Realm', clientRolesOf: 'https://orders' }),
      );
      const roles = { resource_access: { 'https://orders': { roles: ['viewer'] } } };
      const bearing = (claims: StubTokenClaims) => ours.token({ aud: 'orders', nonce: 'n', ...roles, ...claims }, { typ: 'JWT' });
      await service
        .with(bearing({ typ: 'Bearer', azp: 'orders', client_id: undefined }))
        .get('/orders')
        .expect(200);
      for (const typ of ['ID', 'Refresh', 'Offline', 'Logout'])
        await service.with(bearing({ typ })).get('/orders').expect(401).expect(REASON, 'not_access_token');
    });

    it('cloudflareAccess: a service token is identified by its client id', async () => {
      const access = cloudflareAccess({ teamDomain: 'acme.cloudflareaccess.com', audience: 'orders' });
      const service = await guardedBy(access);
      const claims = { aud: ['orders'], type: 'app', sub: '', common_name: 'e367.access', custom: { roles: ['viewer'] } };
      const { body } = await service
        .with(ours.token(claims, { typ: 'JWT' }))
        .get('/orders')
        .expect(200);
      expect(body).toMatchObject({ subject: 'e367.access' });
      const withoutName = ours.token({ ...claims, common_name: undefined }, { typ: 'JWT' });
      await service.with(withoutName).get('/orders').expect(401).expect(REASON, 'claims_invalid');
    });

    it('fusionAuth: tokens of another tenant are refused', async () => {
      const service = await guardedBy(fusionAuth({ url: ours.url, applicationId: 'orders', tenantId: TENANT }));
      await service.with(directoryToken({})).get('/orders').expect(200);
      for (const tid of ['other', undefined])
        await service.with(directoryToken({ tid })).get('/orders').expect(401).expect(REASON, 'claims_invalid');
    });
  });

  describe('the metadata of the protected resource', () => {
    const WELL_KNOWN = '/.well-known/oauth-protected-resource';
    const protectedResource = { resource: 'https://api.acme.com/shop', scopesSupported: ['orders'], resourceName: 'Orders' };
    const URL = 'https://api.acme.com/.well-known/oauth-protected-resource/shop';

    it.each<[string, string | undefined]>([
      ['', undefined],
      [', also under a global prefix', 'api/v1'],
    ])('is served without a token at its well-known path%s', async (_name, prefix) => {
      const log = new CapturedLog();
      const app = await start(
        OrdersController,
        { protectedResource },
        { ...log.here, adapter: newAdapter(), configure: (nest) => prefix && nest.setGlobalPrefix(prefix) },
      );
      const { body, headers } = await app.anonymous().get(`${WELL_KNOWN}/shop`).set('Host', 'evil.example').expect(200);
      expect(body).toEqual({
        resource: 'https://api.acme.com/shop',
        authorization_servers: ['https://id.acme.test'],
        scopes_supported: ['orders'],
        bearer_methods_supported: ['header'],
        resource_name: 'Orders',
      });
      expect(headers['content-type']).toMatch(/^application\/json/);
      await app.anonymous().get(WELL_KNOWN).expect(404);
    });

    it('is named in every challenge, whatever the host is called', async () => {
      const app = await start(OrdersController, { protectedResource });
      const challenge = async (path: string, token?: string) => {
        const caller = token === undefined ? app.anonymous() : app.withToken(token);
        const { status, headers } = await caller.get(path).set('Host', 'evil.example');
        return `${status} ${headers['www-authenticate']}`;
      };
      expect(await challenge('/orders')).toBe(`401 Bearer realm="api", resource_metadata="${URL}"`);
      expect(await challenge('/orders', 'x')).toBe(
        `401 Bearer realm="api", error="invalid_token", error_description="The access token is invalid", resource_metadata="${URL}"`,
      );
      const token = app.token({ roles: ['viewer'] });
      expect(await challenge('/orders/secret', token)).toMatch(
        new RegExp(`^403 Bearer realm="api", error="insufficient_scope", .*resource_metadata="${URL}"$`),
      );
      expect(await challenge('/orders/scoped', token)).toMatch(
        new RegExp(`^403 Bearer realm="api", error="insufficient_scope", .*scope="orders", resource_metadata="${URL}"$`),
      );
      expect(await challenge('/orders/strong', token)).toMatch(
        new RegExp(`^401 Bearer .*error="insufficient_user_authentication", .*acr_values="mfa", resource_metadata="${URL}"$`),
      );
    });
  });
});
