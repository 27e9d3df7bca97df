import type { Server } from 'node:http';
import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { jest } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import {
  Authenticated,
  Authz,
  AuthzModule,
  CurrentPrincipal,
  legacyIssuer,
  RequirePermissions,
  Revocations,
  type AuthzModuleOptions,
  type FindRoles,
  type LegacyIssuerOptions,
  type Principal,
} from '../../lib/index.js';
import { StubIssuer } from '../../lib/testing/index.js';
import { base64url } from '../tokens/base64url.js';
import { nowSeconds } from '../tokens/now-seconds.js';
import { REASON, startService, type Service } from './attacks/service.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { issuer, subject, roles }: Principal) {
    return { issuer, subject, roles };
  }

  @Get('any')
  @Authenticated()
  any() {
    return {};
  }
}

const MAPPING = { roles: { viewer: ['orders:read'], suspended: { deny: ['orders:read'] } } };
const SECRET = 'the secret of the old login, at least 32 bytes';
const OLD = 'users-service';

/** How a token of the old login is signed, if not as it should be. */
interface Signing {
  readonly secret?: string | Buffer;
  readonly header?: object;
  readonly bits?: number;
}

/** What `JwtService.signAsync({ sub: user.id, username })` of Nest’s authentication recipe makes. */
function recipeToken(claims: object = {}, { secret = SECRET, header = {}, bits = 256 }: Signing = {}): string {
  const payload = { sub: 1, username: 'maria', iat: nowSeconds(), exp: nowSeconds() + 60, ...claims };
  const input = `${base64url({ alg: 'HS256', typ: 'JWT', ...header })}.${base64url(payload)}`;
  return `${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`;
}
function rsaToken(claims: object, key: KeyObject): string {
  const input = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url({ sub: 1, iat: nowSeconds(), exp: nowSeconds() + 60, ...claims })}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

let idp: StubIssuer;
beforeAll(async () => (idp = await StubIssuer.start()));
afterAll(() => idp.stop());
afterEach(() => void jest.restoreAllMocks());

/** The old service's table of users, which counts the queries. */
class Users {
  asked = 0;
  readonly roles = new Map<unknown, readonly string[]>([
    [1, ['viewer']],
    [2, ['viewer', 'suspended']],
    [3, []],
  ]);
  find: FindRoles = async ({ sub }) => {
    this.asked++;
    return Promise.resolve(this.roles.get(sub));
  };
}

onBothAdapters(({ newAdapter, closeLater }) => {
  const serve = async (legacy: Partial<LegacyIssuerOptions> = {}, options: Partial<AuthzModuleOptions> = {}) => {
    const old = { issuer: OLD, withoutIss: true, key: SECRET, audience: null, acceptUntil: '2999-01-01T00:00:00Z', ...legacy };
    const issuers = [idp.url, legacyIssuer(old)];
    const all = {
      issuers,
      audience: 'orders',
      mapping: MAPPING,
      revocation: { feed: null },
      maxTokenLifetimeSeconds: 3600,
      ...options,
    } as AuthzModuleOptions;
    return closeLater(await startService(all, [OrdersController], newAdapter()));
  };
  const answer = async (service: Service, token: string, path = '/orders') => {
    const { status, headers } = await service.with(token).get(path);
    return headers[REASON] === undefined ? status : `${status} ${headers[REASON]}`;
  };

  describe('tokens of the login of Nest’s authentication recipe', () => {
    it('are accepted beside those of the identity provider, with roles from the old database', async () => {
      const service = await serve({ roles: new Users().find });
      const { body: old } = await service.with(recipeToken()).get('/orders').expect(200);
      expect(old).toEqual({ issuer: OLD, subject: '1', roles: ['viewer'] });
      const { body: current } = await service
        .with(idp.token({ aud: 'orders', roles: ['viewer'] }))
        .get('/orders')
        .expect(200);
      expect(current).toEqual({ issuer: idp.url, subject: 'test-subject', roles: ['viewer'] });
      const counted = service.app.get(Authz).diagnostics().issuers;
      expect(counted.map(({ issuer, accepted }) => [issuer, accepted])).toEqual([
        [idp.url, 1],
        [OLD, 1],
      ]);
    });

    it('are accepted with the steps of the documentation', async () => {
      @Injectable()
      class UsersService {
        rolesOf(id: number): Promise<string[]> {
          return Promise.resolve(id === 1 ? ['viewer'] : []);
        }
      }
      @Module({ providers: [UsersService], exports: [UsersService] })
      class UsersModule {}
      const authz = AuthzModule.forRootAsync({
        imports: [UsersModule],
        inject: [UsersService],
        useFactory: (users: UsersService) => ({
          issuers: [
            idp.url,
            legacyIssuer({
              issuer: OLD,
              withoutIss: true,
              key: SECRET,
              audience: null,
              acceptUntil: '2999-03-31T00:00:00Z',
              roles: (claims) => users.rolesOf(claims['sub'] as number),
            }),
          ],
          audience: 'orders',
          mapping: MAPPING,
        }),
      });
      const log = new CapturedLog();
      const module = Test.createTestingModule({ imports: [authz], controllers: [OrdersController] }).setLogger(log);
      const app = closeLater((await module.compile()).createNestApplication(newAdapter()));
      await app.listen(0, '127.0.0.1');
      const get = (token: string) =>
        supertest(app.getHttpServer() as Server)
          .get('/orders')
          .auth(token, { type: 'bearer' });
      await get(recipeToken()).expect(200);
      await get(recipeToken({ sub: 2 })).expect(403);
      await get(idp.token({ aud: 'orders', roles: ['viewer'] })).expect(200);
      expect(log.matching(/tokens from http:\S+ for orders, users-service for any audience/)).toHaveLength(1);
    });

    it('get the permissions of those roles, denials included', async () => {
      const service = await serve({ roles: new Users().find });
      expect(await answer(service, recipeToken({ sub: 2 }))).toBe('403 permission_denied');
      expect(await answer(service, recipeToken({ sub: 3 }))).toBe('403 permission_missing');
      expect(await answer(service, recipeToken({ sub: 3 }), '/orders/any')).toBe(200);
    });

    it('are refused if the old database has no such user', async () => {
      const service = await serve({ roles: new Users().find });
      expect(await answer(service, recipeToken({ sub: 9 }), '/orders/any')).toBe('401 claims_invalid');
    });

    it('may carry their roles, as some do, or have them found at once', async () => {
      expect(await answer(await serve(), recipeToken({ roles: ['viewer'] }))).toBe(200);
      expect(await answer(await serve({ roles: () => ['viewer'] }), recipeToken())).toBe(200);
    });

    it.each<[string, () => string, string]>([
      ['that have ended', () => recipeToken({ iat: nowSeconds() - 120, exp: nowSeconds() - 60 }), '401 token_expired'],
      ['that never end', () => recipeToken({ exp: undefined }), '401 claims_invalid'],
      ['without a user id', () => recipeToken({ sub: undefined }), '401 claims_invalid'],
      ['with a fraction for a user id', () => recipeToken({ sub: 1.5 }), '401 claims_invalid'],
      ['that are refresh tokens under the same secret', () => recipeToken({ type: 'refresh' }), '401 not_access_token'],
    ])('are refused %s, before a query of the database', async (_what, token, refusal) => {
      const users = new Users();
      expect(await answer(await serve({ roles: users.find }), token())).toBe(refusal);
      expect(users.asked).toBe(0);
    });

    it('can be revoked by the name of the old service, whatever is remembered of them', async () => {
      const service = await serve({ roles: new Users().find });
      const token = recipeToken();
      expect(await answer(service, token)).toBe(200);
      await service.app.get(Revocations).revoke({ kind: 'subject', value: '1', issuer: OLD });
      expect(await answer(service, token)).toBe('401 token_revoked');
      expect(await answer(service, recipeToken({ sub: 2 }), '/orders/any')).toBe(200);
      expect(await answer(service, idp.token({ aud: 'orders', sub: '1', roles: ['viewer'] }))).toBe(200);
    });

    it('end at the configured day, also if they are remembered', async () => {
      const acceptUntil = new Date(Date.now() + 30_000);
      const service = await serve({ roles: new Users().find, acceptUntil });
      const token = recipeToken();
      expect(await answer(service, token)).toBe(200);
      jest.spyOn(Date, 'now').mockReturnValue(acceptUntil.getTime());
      expect(await answer(service, token)).toBe('401 issuer_retired');
    });
  });

  describe('roles from the old database', () => {
    it('are looked up once for a token, and again when they are too old', async () => {
      const users = new Users();
      const service = await serve({ roles: users.find, rolesMaxAgeSeconds: 20 });
      const token = recipeToken();
      for (let i = 0; i < 3; i++) expect(await answer(service, token)).toBe(200);
      expect(users.asked).toBe(1);
      users.roles.set(1, ['viewer', 'suspended']);
      expect(await answer(service, token)).toBe(200);
      const later = Date.now() + 21_000;
      jest.spyOn(Date, 'now').mockImplementation(() => later);
      expect(await answer(service, token)).toBe('403 permission_denied');
      expect(users.asked).toBe(2);
    });

    it.each<[string, Partial<LegacyIssuerOptions>, Partial<AuthzModuleOptions>]>([
      ['rolesMaxAgeSeconds is 0', { rolesMaxAgeSeconds: 0 }, {}],
      ['no verified tokens are remembered', {}, { verifiedTokens: 0 }],
    ])('are looked up for each request if %s', async (_what, legacy, options) => {
      const users = new Users();
      const service = await serve({ roles: users.find, ...legacy }, options);
      const token = recipeToken();
      for (let i = 0; i < 3; i++) expect(await answer(service, token)).toBe(200);
      expect(users.asked).toBe(3);
    });

    it.each<[string, FindRoles, RegExp]>([
      ['is down', () => Promise.reject(new Error('connect ECONNREFUSED')), /connect ECONNREFUSED/],
      ['does not answer', () => new Promise(() => undefined), /did not answer within 20 ms/],
      ['returns rows', () => [{ role: 'viewer' }] as never, /must return a list of role names/],
    ])('are never treated as none if the database %s: 503, with a warning', async (_what, roles, cause) => {
      const service = await serve({ roles, rolesTimeoutMs: 20 });
      const { headers } = await service.with(recipeToken()).get('/orders').expect(503);
      expect([headers[REASON], headers['retry-after']]).toEqual(['roles_unavailable', '5']);
      expect(await answer(service, recipeToken(), '/orders/any')).toBe('503 roles_unavailable');
      expect(await answer(service, idp.token({ aud: 'orders', roles: ['viewer'] }))).toBe(200);
      const warnings = service.log.matching(/WARN The roles for tokens of users-service cannot be looked up/);
      expect(warnings).toEqual([expect.stringMatching(cause)]);
    });

    it('are there again with the next request once the database is', async () => {
      const users = new Users();
      let isDown = true;
      const service = await serve({ roles: (...of) => (isDown ? Promise.reject(new Error('down')) : users.find(...of)) });
      const token = recipeToken();
      expect(await answer(service, token)).toBe('503 roles_unavailable');
      isDown = false;
      expect(await answer(service, token)).toBe(200);
    });
  });

  describe('the old login and the new issuer', () => {
    let service: Service;
    let published: { readonly kid: string; readonly n: string };
    let publicPem: string;
    beforeAll(async () => {
      service = await serve({ roles: () => ['viewer'] });
      const { keys } = (await (await fetch(idp.jwksUri)).json()) as { keys: { kid: string; kty: string; n: string }[] };
      published = keys.find(({ kty }) => kty === 'RSA')!;
      publicPem = createPublicKey({ key: published, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
    });

    it.each<[string, () => string, string]>([
      ['a token of the new issuer without iss', () => idp.token({ iss: undefined, aud: 'orders' }), 'algorithm_not_allowed'],
      ['the same by ES256', () => idp.token({ iss: undefined, aud: 'orders' }, { alg: 'ES256' }), 'algorithm_not_allowed'],
      ['a token of the new issuer in the name of the old login', () => idp.token({ iss: OLD, aud: 'orders' }), 'issuer_unknown'],
      [
        'the old secret in the name of the new issuer',
        () => recipeToken({ iss: idp.url, aud: 'orders' }),
        'algorithm_not_allowed',
      ],
      [
        'the same with a kid of the new issuer',
        () => recipeToken({ iss: idp.url, aud: 'orders' }, { header: { kid: published.kid } }),
        'algorithm_not_allowed',
      ],
      ['the old secret in its own name, which its tokens do not carry', () => recipeToken({ iss: OLD }), 'issuer_unknown'],
      ['iss null', () => recipeToken({ iss: null }), 'issuer_unknown'],
      ['iss empty', () => recipeToken({ iss: '' }), 'issuer_unknown'],
      ['iss a list', () => recipeToken({ iss: [] }), 'issuer_unknown'],
      ['iss the word undefined', () => recipeToken({ iss: 'undefined' }), 'issuer_unknown'],
      ['the public key of the new issuer for a secret', () => recipeToken({}, { secret: publicPem }), 'signature_invalid'],
      [
        'the same with its kid',
        () => recipeToken({}, { secret: publicPem, header: { kid: published.kid } }),
        'signature_invalid',
      ],
      ['a modulus for a secret', () => recipeToken({}, { secret: Buffer.from(published.n, 'base64url') }), 'signature_invalid'],
      ['an empty secret', () => recipeToken({}, { secret: '' }), 'signature_invalid'],
      [
        'a key that the token brings',
        () => recipeToken({}, { secret: 'x', header: { jwk: { kty: 'oct', k: 'eA' } } }),
        'signature_invalid',
      ],
      ['another HMAC', () => recipeToken({}, { header: { alg: 'HS512' }, bits: 512 }), 'algorithm_not_allowed'],
      ['no signature', () => recipeToken({}, { header: { alg: 'none' } }), 'algorithm_not_allowed'],
      ['an algorithm of the new issuer', () => recipeToken({}, { header: { alg: 'RS256' } }), 'algorithm_not_allowed'],
    ])('do not pass for each other: %s', async (_what, token, reason) => {
      expect(await answer(service, token())).toBe(`401 ${reason}`);
    });

    it('are not accepted for each other if the old login signs with a key too', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = publicKey.export({ type: 'spki', format: 'pem' }) as string;
      const signing = await serve({ key, roles: () => ['viewer'] });
      expect(await answer(signing, rsaToken({}, privateKey))).toBe(200);
      expect(await answer(signing, rsaToken({ iss: idp.url, aud: 'orders' }, privateKey))).toBe('401 signature_invalid');
      expect(await answer(signing, rsaToken({ iss: OLD }, privateKey))).toBe('401 issuer_unknown');
      expect(await answer(signing, idp.token({ iss: undefined, aud: 'orders' }))).toBe('401 signature_invalid');
      expect(await answer(signing, recipeToken({}, { secret: key }))).toBe('401 algorithm_not_allowed');
    });

    it('need an explicit word: without it no token passes that names no issuer', async () => {
      const naming = await serve({ withoutIss: false, roles: () => ['viewer'] });
      expect(await answer(naming, recipeToken())).toBe('401 issuer_unknown');
      expect(await answer(naming, recipeToken({ iss: OLD }))).toBe(200);
    });
  });

  describe('a secret of less than 32 bytes', () => {
    it('stops the start, unless it is allowed', async () => {
      await expect(serve({ key: 'secretKey' })).rejects.toThrow('write allowShortSecret: true beside it');
    });

    it('causes a warning at start if it is allowed, and is never shown', async () => {
      const service = await serve({ key: 'secretKey', allowShortSecret: true, roles: () => ['viewer'] });
      expect(await answer(service, recipeToken({}, { secret: 'secretKey' }))).toBe(200);
      expect(service.log.matching(/WARN The secret of the old issuer users-service is shorter than 32 bytes/)).toHaveLength(1);
      expect(service.log.lines.join('\n')).not.toContain('secretKey');
    });
  });
});
