import { createHash, createPublicKey, randomUUID, type JsonWebKey } from 'node:crypto';
import type { Server } from 'node:https';
import { All, Controller, Get, Post, type Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { calculateJwkThumbprint } from 'jose';
import supertest from 'supertest';
import {
  CurrentPrincipal,
  RequireAuthContext,
  RequirePermissions,
  type AuthzModuleOptions,
  type VerificationOptions,
  type Principal,
} from '../../lib/index.js';
import { StubIssuer } from '../../lib/testing/index.js';
import { nowSeconds } from '../tokens/now-seconds.js';
import { bearing } from './attacks/attack.js';
import { REASON, startService, type RawRequest, type Service } from './attacks/service.js';
import { base64url, ec, ed25519, jwsSign, newKey, rsa, type KitKey } from './attacks/token-kit.js';
import { selfSigned, type Certificate } from './keys/certificate.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller('orders')
@RequirePermissions('orders:read')
class OrdersController {
  @Get() list(@CurrentPrincipal('subject') subject: Principal['subject']) {
    return { subject };
  }
  @Post() create() {
    return {};
  }
  @Get('pay') @RequireAuthContext({ acr: ['phr', 'mfa'], maxAgeSeconds: 300 }) pay() {
    return {};
  }
  @Get('strong') @RequireAuthContext({ acr: ['mfa'] }) strong() {
    return {};
  }
  @Get('recent') @RequireAuthContext({ maxAgeSeconds: 60 }) recent() {
    return {};
  }
}

/** Handles every path. The two frameworks write that differently. */
function anyPathController(pattern: '*' | '{*path}') {
  @Controller()
  @RequirePermissions('orders:read')
  class AnyPathController {
    @All(pattern) any() {
      return {};
    }
  }
  return AnyPathController;
}

let issuer: StubIssuer;
beforeAll(async () => (issuer = await StubIssuer.start()));
afterAll(() => issuer.stop());

const tokenWith = (claims: Record<string, unknown> = {}) => issuer.token({ aud: 'orders', roles: ['viewer'], ...claims });
const optionsWith = (options: Partial<VerificationOptions>): AuthzModuleOptions => ({
  issuer: issuer.url,
  audience: 'orders',
  mapping: { roles: { viewer: ['orders:read'] } },
  ...options,
});

/** How a proof differs from a good one for `GET /orders`. */
interface ProofSpec {
  readonly key?: KitKey;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signedBy?: KitKey;
}

const RESOURCE = 'https://orders.acme.com';
const publicJwk = ({ publicKey }: KitKey): JsonWebKey => publicKey.export({ format: 'jwk' });
const client = newKey('client', 'ES256', ec());
const thief = newKey('thief', 'ES256', ec());
const athOf = (token: string) => createHash('sha256').update(token).digest('base64url');

/** A DPoP proof (RFC 9449 section 4.2). */
function proof(token: string, { key = client, header, claims, signedBy = key }: ProofSpec = {}): string {
  const head = { typ: 'dpop+jwt', alg: key.alg, jwk: publicJwk(key), ...header };
  const body = { htm: 'GET', htu: `${RESOURCE}/orders`, iat: nowSeconds(), jti: randomUUID(), ath: athOf(token), ...claims };
  const input = [head, body].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${input}.${jwsSign(key.alg, Buffer.from(input), signedBy.privateKey).toString('base64url')}`;
}

async function boundTo(key: KitKey, claims: Record<string, unknown> = {}): Promise<string> {
  return tokenWith({ cnf: { jkt: await calculateJwkThumbprint(publicJwk(key)) }, ...claims });
}

const presented = (token: string, proofs: readonly string[], scheme = 'DPoP', path = '/orders'): RawRequest => ({
  path,
  headers: [['Authorization', `${scheme} ${token}`], ...proofs.map((value) => ['DPoP', value] as const)],
});

onBothAdapters(({ newAdapter, closeLater }) => {
  const serve = async (options: Partial<AuthzModuleOptions> = {}, controller: Type = OrdersController): Promise<Service> =>
    closeLater(await startService(optionsWith(options), [controller], newAdapter()));

  describe('step-up', () => {
    let service: Service;
    beforeAll(async () => (service = await serve()));

    it.each<[string, string, () => Record<string, unknown>]>([
      ['pay', 'strong and recent enough', () => ({ acr: 'mfa', auth_time: nowSeconds() - 10 })],
      ['pay', 'strong in the other way', () => ({ acr: 'phr', auth_time: nowSeconds() })],
      ['strong', 'strong, no matter when', () => ({ acr: 'mfa' })],
      ['recent', 'recent, no matter how', () => ({ auth_time: nowSeconds() - 30, acr: 'pwd' })],
    ])('opens /orders/%s to a caller who authenticated %s', async (path, _name, claims) => {
      await service.with(tokenWith(claims())).get(`/orders/${path}`).expect(200);
    });

    it.each<[string, string, () => Record<string, unknown>, string]>([
      ['pay', 'neither says how nor when', () => ({}), 'acr_values="phr mfa", max_age="300"'],
      ['pay', 'is too weak', () => ({ acr: 'pwd', auth_time: nowSeconds() }), 'acr_values="phr mfa", max_age="300"'],
      ['pay', 'is too old', () => ({ acr: 'mfa', auth_time: nowSeconds() - 400 }), 'acr_values="phr mfa", max_age="300"'],
      ['strong', 'names a list', () => ({ acr: ['mfa'] }), 'acr_values="mfa"'],
      ['strong', 'names several in a string', () => ({ acr: 'pwd mfa' }), 'acr_values="mfa"'],
      ['strong', 'names it in capitals', () => ({ acr: 'MFA' }), 'acr_values="mfa"'],
      ['recent', 'has a string as time', () => ({ auth_time: String(nowSeconds()) }), 'max_age="60"'],
      ['recent', 'has no number as time', () => ({ auth_time: null }), 'max_age="60"'],
      ['recent', 'was long ago', () => ({ auth_time: 0 }), 'max_age="60"'],
    ])('requires step-up at /orders/%s if the token %s', async (path, _name, claims, asked) => {
      const { status, headers, body } = await service.with(tokenWith(claims())).get(`/orders/${path}`);
      expect({ status, reason: headers[REASON] }).toEqual({ status: 401, reason: 'authentication_insufficient' });
      expect(headers['www-authenticate']).toBe(
        `Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or more recent authentication is required", ${asked}`,
      );
      expect(body).toMatchObject({ statusCode: 401, error: 'insufficient_user_authentication' });
    });

    it('responds with 403 first if the caller lacks the permission anyway', async () => {
      await service
        .with(tokenWith({ roles: [] }))
        .get('/orders/pay')
        .expect(403);
    });
  });

  describe('DPoP accepted', () => {
    let service: Service;
    let token: string;
    beforeAll(async () => {
      service = await serve({ dpop: 'accepted', protectedResource: { resource: RESOURCE } });
      token = await boundTo(client);
    });

    it('serves a bound token with its proof, again and again with a new one', async () => {
      for (let time = 0; time < 3; time++) {
        const { status, body } = await service.send(presented(token, [proof(token)]));
        expect([status, body]).toEqual([200, '{"subject":"test-subject"}']);
      }
    });

    it.each<[string, () => KitKey]>([
      ['RS256', () => newKey('rsa', 'RS256', rsa())],
      ['PS256', () => newKey('rsa', 'PS256', rsa())],
      ['ES384', () => newKey('p384', 'ES384', ec('P-384'))],
      ['EdDSA', () => newKey('ed', 'EdDSA', ed25519())],
    ])('accepts proofs signed with %s', async (_alg, make) => {
      const key = make();
      const bound = await boundTo(key);
      expect(await service.send(presented(bound, [proof(bound, { key })]))).toMatchObject({ status: 200 });
    });

    it('still serves a bearer token that is bound to nothing', async () => {
      expect(await service.send(bearing(tokenWith()))).toMatchObject({ status: 200 });
    });

    it('accepts a URL with a query, which a proof omits', async () => {
      expect(await service.send(presented(token, [proof(token)], 'dpop', '/orders?page=2'))).toMatchObject({ status: 200 });
    });

    it('accepts an equivalent URL', async () => {
      const claims = { htu: 'HTTPS://Orders.ACME.com:443/x/../orders' };
      expect(await service.send(presented(token, [proof(token, { claims })]))).toMatchObject({ status: 200 });
    });

    it('refuses a proof that was used before, also with another token of the same key', async () => {
      const used = proof(token);
      expect(await service.send(presented(token, [used]))).toMatchObject({ status: 200 });
      expect(await service.send(presented(token, [used]))).toMatchObject({ status: 401 });
      const jti = randomUUID();
      const other = await boundTo(client, { sub: 'other' });
      expect(await service.send(presented(token, [proof(token, { claims: { jti } })]))).toMatchObject({ status: 200 });
      expect(await service.send(presented(other, [proof(other, { claims: { jti } })]))).toMatchObject({ status: 401 });
    });

    it.each<[string, (token: string) => readonly string[]]>([
      ['none', () => []],
      ['two', (given) => [proof(given), proof(given)]],
      ['garbage', () => ['garbage']],
      ['an empty one', () => ['']],
      ['one of 9 kB', (given) => [proof(given, { claims: { padding: 'x'.repeat(7000) } })]],
      ['an unsigned one', (given) => [proof(given, { header: { alg: 'none' } })]],
      ['one signed by another key', (given) => [proof(given, { signedBy: thief })]],
      ['one of another key', (given) => [proof(given, { key: thief })]],
      ['one without its key', (given) => [proof(given, { header: { jwk: undefined } })]],
      [
        'one with the private key in it',
        (given) => [proof(given, { header: { jwk: client.privateKey.export({ format: 'jwk' }) } })],
      ],
      ['one with a symmetric key in it', (given) => [proof(given, { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } } })]],
      ['one with a kid for a key', (given) => [proof(given, { header: { jwk: undefined, kid: 'client' } })]],
      ['the typ of an access token', (given) => [proof(given, { header: { typ: 'at+jwt' } })]],
      ['no typ', (given) => [proof(given, { header: { typ: undefined } })]],
      ['a critical extension', (given) => [proof(given, { header: { crit: ['x'], x: 1 } })]],
      ['another method', (given) => [proof(given, { claims: { htm: 'POST' } })]],
      ['the method in lower case', (given) => [proof(given, { claims: { htm: 'get' } })]],
      ['no method', (given) => [proof(given, { claims: { htm: undefined } })]],
      ['another path', (given) => [proof(given, { claims: { htu: `${RESOURCE}/orders/1` } })]],
      ['another host', (given) => [proof(given, { claims: { htu: 'https://users.acme.com/orders' } })]],
      ['another scheme', (given) => [proof(given, { claims: { htu: 'http://orders.acme.com/orders' } })]],
      ['another port', (given) => [proof(given, { claims: { htu: `${RESOURCE}:8443/orders` } })]],
      ['the host of the request’s Host header', (given) => [proof(given, { claims: { htu: 'https://service/orders' } })]],
      ['a query in its URL', (given) => [proof(given, { claims: { htu: `${RESOURCE}/orders?page=2` } })]],
      ['a path alone', (given) => [proof(given, { claims: { htu: '/orders' } })]],
      ['a list of URLs', (given) => [proof(given, { claims: { htu: [`${RESOURCE}/orders`] } })]],
      ['no URL', (given) => [proof(given, { claims: { htu: undefined } })]],
      ['the hash of another token', (given) => [proof(given, { claims: { ath: athOf('another') } })]],
      ['no hash', (given) => [proof(given, { claims: { ath: undefined } })]],
      ['an old time', (given) => [proof(given, { claims: { iat: nowSeconds() - 70 } })]],
      ['a future time', (given) => [proof(given, { claims: { iat: nowSeconds() + 70 } })]],
      ['a string as time', (given) => [proof(given, { claims: { iat: String(nowSeconds()) } })]],
      ['no time', (given) => [proof(given, { claims: { iat: undefined } })]],
      ['no jti', (given) => [proof(given, { claims: { jti: undefined } })]],
      ['an empty jti', (given) => [proof(given, { claims: { jti: '' } })]],
      ['a number as jti', (given) => [proof(given, { claims: { jti: 1 } })]],
      ['a jti of 257 characters', (given) => [proof(given, { claims: { jti: 'x'.repeat(257) } })]],
    ])('refuses a bound token with a proof that is or has: %s', async (_name, proofs) => {
      const { status, headers } = await service.send(presented(token, proofs(token)));
      expect([status, headers.get(REASON)]).toEqual([401, 'proof_invalid']);
      expect(headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof", .*algs="ES256 /);
    });

    it('refuses a bound token as a bearer token, with or without a proof', async () => {
      for (const proofs of [[], [proof(token)]]) {
        const { status, headers } = await service.send(presented(token, proofs, 'Bearer'));
        expect([status, headers.get(REASON)]).toEqual([401, 'binding_mismatch']);
      }
    });

    it('refuses the scheme DPoP with a token that is bound to nothing', async () => {
      const unbound = tokenWith();
      const { status, headers } = await service.send(presented(unbound, [proof(unbound)]));
      expect([status, headers.get(REASON)]).toEqual([401, 'binding_mismatch']);
    });

    it.each<[string, unknown]>([
      ['null', null],
      ['a string', 'jkt'],
      ['a list', ['jkt']],
      ['empty', {}],
      ['an unsupported kind of key', { kid: 'x' }],
      ['a jkt that is no text', { jkt: 1 }],
      ['an empty jkt', { jkt: '' }],
    ])('refuses a token whose binding is %s, in either scheme', async (_name, cnf) => {
      const odd = tokenWith({ cnf });
      for (const scheme of ['Bearer', 'DPoP'])
        expect(await service.send(presented(odd, [proof(odd)], scheme))).toMatchObject({ status: 401 });
    });

    it('offers both schemes in its challenges', async () => {
      const { headers } = await service.send({});
      expect(headers.get('www-authenticate')).toMatch(
        /^Bearer realm="api", resource_metadata="[^"]+", DPoP algs="ES256 ES384 EdDSA RS256 PS256"$/,
      );
    });
  });

  describe('DPoP behind a gateway', () => {
    it('accepts the path of the client, whether or not the gateway strips its prefix', async () => {
      const service = await serve({ dpop: 'accepted', protectedResource: { resource: 'https://api.acme.com/shop/' } });
      const token = await boundTo(client);
      for (const [htu, status] of [
        ['https://api.acme.com/shop/orders', 200],
        ['https://api.acme.com/orders', 200],
        ['https://api.acme.com/other/orders', 401],
        ['https://api.acme.com/shop', 401],
      ] as const)
        expect(await service.send(presented(token, [proof(token, { claims: { htu } })]))).toMatchObject({ status });
    });

    it('responds with no 5xx to an invalid path, and does not accept the path of another host', async () => {
      const anyPath = anyPathController(newAdapter().getType() === 'fastify' ? '*' : '{*path}');
      const service = await serve({ dpop: 'accepted', protectedResource: { resource: RESOURCE } }, anyPath);
      const token = await boundTo(client);
      for (const path of ['//[', '//evil.example/orders', '/orders/%zz', '/\\orders', '//', '/orders;x']) {
        const { status } = await service.send(presented(token, [proof(token)], 'DPoP', path));
        expect([400, 401, 404]).toContain(status);
      }
      expect(await service.send(presented(token, [proof(token)]))).toMatchObject({ status: 200 });
    });
  });

  describe('DPoP required', () => {
    it('serves bound tokens with their proof and nothing else', async () => {
      const service = await serve({ dpop: 'required', protectedResource: { resource: RESOURCE } });
      const token = await boundTo(client);
      expect(await service.send(presented(token, [proof(token)]))).toMatchObject({ status: 200 });
      const { status, headers } = await service.send(bearing(tokenWith()));
      expect([status, headers.get(REASON)]).toEqual([401, 'binding_mismatch']);
      expect(headers.get('www-authenticate')).toMatch(/^DPoP /);
      expect((await service.send({})).headers.get('www-authenticate')).toMatch(/^DPoP resource_metadata="/);
      const { body } = await service.with().get('/.well-known/oauth-protected-resource').expect(200);
      expect(body).toMatchObject({ dpop_bound_access_tokens_required: true });
    });
  });

  describe('DPoP not accepted', () => {
    it('refuses a bound token, with and without a proof, in either scheme', async () => {
      const service = await serve();
      const token = await boundTo(client);
      expect((await service.send(presented(token, [proof(token)]))).headers.get(REASON)).toBe('token_missing');
      expect((await service.send(presented(token, [proof(token)], 'Bearer'))).headers.get(REASON)).toBe('binding_mismatch');
    });
  });

  it('a token bound to a certificate is refused without TLS', async () => {
    const service = await serve();
    const bound = tokenWith({ cnf: { 'x5t#S256': athOf('anything') } });
    expect((await service.send(bearing(bound))).headers.get(REASON)).toBe('binding_mismatch');
  });
});

describe.each(['Express', 'Fastify'])('mutual TLS on %s', (adapter) => {
  const server = selfSigned('127.0.0.1');
  const [ours, theirs] = [selfSigned('client'), selfSigned('thief')];
  const https = { key: server.key, cert: server.cert, requestCert: true, rejectUnauthorized: false };
  let service: Service;
  beforeAll(async () => {
    const options = optionsWith({});
    service =
      adapter === 'Express'
        ? await startService(options, [OrdersController], new ExpressAdapter(), { httpsOptions: https })
        : await startService(options, [OrdersController], new FastifyAdapter({ https }));
  });
  afterAll(() => service.close());

  const thumbprint = ({ der }: Certificate) => createHash('sha256').update(der).digest('base64url');
  const call = (token: string, certificate?: Certificate) => {
    const request = supertest(service.app.getHttpServer() as Server)
      .get('/orders')
      .disableTLSCerts()
      .set('Authorization', `Bearer ${token}`);
    return certificate === undefined ? request : request.key(certificate.key).cert(certificate.cert);
  };

  it('makes certificates whose key is the one they say', () => {
    expect(createPublicKey(ours.cert).equals(createPublicKey(ours.key))).toBe(true);
  });

  it('serves a token with the certificate that it is bound to', async () => {
    const token = tokenWith({ cnf: { 'x5t#S256': thumbprint(ours) } });
    await call(token, ours).expect(200, { subject: 'test-subject' });
    await call(token, ours).expect(200); // from memory, the certificate is checked all the same
    await call(token, theirs).expect(401).expect(REASON, 'binding_mismatch');
    await call(token).expect(401).expect(REASON, 'binding_mismatch');
  });

  it('serves a token that is bound to nothing with any certificate, or none', async () => {
    await call(tokenWith(), theirs).expect(200);
    await call(tokenWith()).expect(200);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['empty', ''],
    ['a list', [thumbprint(ours)]],
    ['in hex', createHash('sha256').update(ours.der).digest('hex')],
    ['padded', `${thumbprint(ours)}=`],
  ])('refuses a binding that is %s', async (_name, binding) => {
    await call(tokenWith({ cnf: { 'x5t#S256': binding } }), ours)
      .expect(401)
      .expect(REASON, 'binding_mismatch');
  });

  it('does not accept a certificate instead of a DPoP key that the token is bound to as well', async () => {
    const token = tokenWith({ cnf: { 'x5t#S256': thumbprint(ours), jkt: 'x' } });
    await call(token, ours).expect(401).expect(REASON, 'binding_mismatch');
  });
});
