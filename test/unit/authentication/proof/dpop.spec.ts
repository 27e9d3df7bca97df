import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { RequestFacts } from '../../../../lib/authentication/index.js';
import { DPOP_ALGORITHMS, DpopProofs } from '../../../../lib/authentication/proof/dpop.js';
import { ReplayCache } from '../../../../lib/authentication/proof/replay-cache.js';
import { nowSeconds } from '../../../tokens/now-seconds.js';

const RESOURCE = 'https://api.acme.com';
const TOKEN = 'an.access.token';
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

interface ProofKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
  readonly thumbprint: string;
}
async function newKey(alg: string): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, jwk, privateJwk: await exportJWK(privateKey), thumbprint: await calculateJwkThumbprint(jwk) };
}
let key: ProofKey;
let otherKey: ProofKey;
beforeAll(async () => ([key, otherKey] = await Promise.all([newKey('ES256'), newKey('ES256')])));

/** A proof for GET https://api.acme.com/orders with the token; `undefined` leaves a member out. */
function proof(claims: object = {}, header: object = {}, by: ProofKey = key): Promise<string> {
  const payload = { jti: randomUUID(), htm: 'GET', htu: `${RESOURCE}/orders`, iat: nowSeconds(), ath: hashOf(TOKEN), ...claims };
  return new SignJWT(payload).setProtectedHeader({ typ: 'dpop+jwt', alg: by.alg, jwk: by.jwk, ...header }).sign(by.privateKey);
}
const request = (dpop: readonly string[], facts: Partial<RequestFacts> = {}): RequestFacts => ({
  method: 'GET',
  path: '/orders',
  dpop,
  certificateThumbprint: () => undefined,
  ...facts,
});
class Proofs extends DpopProofs {
  holds(...args: Parameters<DpopProofs['failedCheck']>): boolean {
    return this.failedCheck(...args) === undefined;
  }
}
/** Whether a new service accepts the proof for the request. */
const holds = (text: string, facts: Partial<RequestFacts> = {}, resource = RESOURCE) =>
  new Proofs(resource).holds(request([text], facts), TOKEN, key.thumbprint);

describe('DpopProofs', () => {
  it('takes a good proof', async () => {
    expect(holds(await proof())).toBe(true);
  });

  it.each(DPOP_ALGORITHMS)('takes a proof signed with %s', async (alg) => {
    const by = await newKey(alg);
    const text = await proof({}, {}, by);
    expect(new Proofs(RESOURCE).holds(request([text]), TOKEN, by.thumbprint)).toBe(true);
  });

  describe('checks, as RFC 9449 section 4.3 lists them,', () => {
    it('1. that there is one header, not none and not two', async () => {
      const [one, two] = await Promise.all([proof(), proof()]);
      const proofs = new Proofs(RESOURCE);
      expect(proofs.holds(request([]), TOKEN, key.thumbprint)).toBe(false);
      expect(proofs.holds(request([one, two]), TOKEN, key.thumbprint)).toBe(false);
      expect(proofs.holds(request([one, one]), TOKEN, key.thumbprint)).toBe(false);
      expect(proofs.holds(request([one]), TOKEN, key.thumbprint)).toBe(true);
    });

    it.each(['', 'garbage', 'a.b.c', '..', TOKEN, 'x'.repeat(9000)])('2. that it is a JWT: not %.20j', (text) => {
      expect(holds(text)).toBe(false);
    });

    it('2. that it has at most 8 KiB', async () => {
      const padded = async (bytes: number) => proof({ padding: 'x'.repeat(bytes) });
      expect(holds(await padded(5000))).toBe(true);
      expect(holds(await padded(8000))).toBe(false);
    });

    it.each(['jti', 'htm', 'htu', 'iat', 'ath'])('3. that it carries %s', async (claim) => {
      expect(holds(await proof({ [claim]: undefined }))).toBe(false);
    });

    it.each(['dpop+jwt', 'DPoP+JWT', 'application/dpop+jwt'])('4. its typ, and takes %j', async (typ) => {
      expect(holds(await proof({}, { typ }))).toBe(true);
    });

    it.each(['JWT', 'at+jwt', undefined, '', 'text/dpop+jwt', ['dpop+jwt']])(
      '4. that its typ is dpop+jwt, not %j',
      async (typ) => {
        expect(holds(await proof({}, { typ }))).toBe(false);
      },
    );

    it('5. that its algorithm is asymmetric and accepted', async () => {
      const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
      const claims = { jti: 'j', htm: 'GET', htu: `${RESOURCE}/orders`, iat: nowSeconds(), ath: hashOf(TOKEN) };
      const header = { typ: 'dpop+jwt', alg: 'HS256', jwk: key.jwk };
      expect(holds(await new SignJWT(claims).setProtectedHeader(header).sign(secret))).toBe(false);
      const unsigned = [{ ...header, alg: 'none' }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      expect(holds(`${unsigned.join('.')}.`)).toBe(false);
      const es512 = await newKey('ES512');
      const text = await proof({}, {}, es512);
      expect(new Proofs(RESOURCE).holds(request([text]), TOKEN, es512.thumbprint)).toBe(false);
    });

    it('6. that it is signed by the key in its header', async () => {
      expect(holds(await proof({}, { jwk: key.jwk }, otherKey))).toBe(false);
      const [header, , signature] = (await proof()).split('.') as [string, string, string];
      const [, payload] = (await proof({ jti: 'other' })).split('.') as [string, string];
      expect(holds(`${header}.${payload}.${signature}`)).toBe(false);
    });

    it.each([[undefined], [null], ['key'], [{}], [{ kty: 'oct', k: 'c2VjcmV0' }], [{ kty: 'EC' }]])(
      '7. that the header has a public key, not %j',
      async (jwk) => expect(holds(await proof({}, { jwk }))).toBe(false),
    );

    it('7. that the key in the header is not a private one', async () => {
      expect(holds(await proof({}, { jwk: key.privateJwk }))).toBe(false);
    });

    it.each(['POST', 'get', 'HEAD', '', 7])('8. that htm is the method of the request, not %j', async (htm) => {
      expect(holds(await proof({ htm }))).toBe(false);
    });

    it.each([
      'https://api.acme.com/orders',
      'HTTPS://API.ACME.COM/orders',
      'https://api.acme.com:443/orders',
      'https://api.acme.com/x/../orders',
      'https://api.acme.com/%6frders/../orders',
    ])('9. htu, and takes %s', async (htu) => {
      expect(holds(await proof({ htu }))).toBe(true);
    });

    it.each<[unknown]>([
      ['https://api.acme.com/orders?a=1'],
      ['https://api.acme.com/orders#a'],
      ['https://api.acme.com/orders/'],
      ['https://api.acme.com/Orders'],
      ['https://api.acme.com/order'],
      ['https://api.acme.com/'],
      ['https://evil.example/orders'],
      ['http://api.acme.com/orders'],
      ['https://api.acme.com:8443/orders'],
      ['https://api.acme.com.evil.example/orders'],
      ['/orders'],
      ['orders'],
      [7],
      [['https://api.acme.com/orders']],
    ])('9. htu, and refuses %j', async (htu) => {
      expect(holds(await proof({ htu }))).toBe(false);
    });

    it('10. a nonce only where one was given: none ever is', async () => {
      expect(holds(await proof({ nonce: 'n' }))).toBe(true);
    });

    it.each([
      [0, true],
      [-55, true],
      [-70, false],
      [55, true],
      [70, false],
      [-86_400, false],
    ])('11. that iat is near: %d s away: %p', async (seconds, isTaken) => {
      expect(holds(await proof({ iat: nowSeconds() + seconds }))).toBe(isTaken);
    });

    it.each([['1800000000'], [null], [true]])('11. that iat is a number, not %j', async (iat) => {
      expect(holds(await proof({ iat }))).toBe(false);
    });

    it('11. that the proof has not ended by itself', async () => {
      expect(holds(await proof({ exp: nowSeconds() - 120 }))).toBe(false);
    });

    it('12. that ath is the hash of the token', async () => {
      for (const ath of [hashOf('another.access.token'), TOKEN, '', 7, [hashOf(TOKEN)]])
        expect(holds(await proof({ ath }))).toBe(false);
    });

    it('12. that the token is bound to the key of the proof', async () => {
      expect(holds(await proof({}, {}, otherKey))).toBe(false);
    });
  });

  it.each([[''], ['x'.repeat(257)], [7], [null], [['j']]])('takes no jti of %.20j', async (jti) => {
    expect(holds(await proof({ jti }))).toBe(false);
  });

  it('accepts a proof once', async () => {
    const proofs = new Proofs(RESOURCE);
    const text = await proof();
    expect(proofs.holds(request([text]), TOKEN, key.thumbprint)).toBe(true);
    expect(proofs.holds(request([text]), TOKEN, key.thumbprint)).toBe(false);
    expect(proofs.holds(request([await proof()]), TOKEN, key.thumbprint)).toBe(true);
  });

  it('uses no place for an invalid proof', async () => {
    const proofs = new Proofs(RESOURCE);
    const text = await proof({ jti: 'j1' });
    expect(proofs.holds(request([text], { method: 'POST' }), TOKEN, key.thumbprint)).toBe(false);
    expect(proofs.holds(request([text]), TOKEN, key.thumbprint)).toBe(true);
  });

  it('accepts the same jti from two clients', async () => {
    const proofs = new Proofs(RESOURCE);
    expect(proofs.holds(request([await proof({ jti: 'j' })]), TOKEN, key.thumbprint)).toBe(true);
    const ofOther = await proof({ jti: 'j' }, {}, otherKey);
    expect(proofs.holds(request([ofOther]), TOKEN, otherKey.thumbprint)).toBe(true);
  });

  it('still serves other keys when one key has used up its share', async () => {
    const proofs = new Proofs(RESOURCE, new ReplayCache(120, { total: 10, perKey: 1 }));
    expect(proofs.holds(request([await proof()]), TOKEN, key.thumbprint)).toBe(true);
    expect(proofs.holds(request([await proof()]), TOKEN, key.thumbprint)).toBe(false);
    expect(proofs.holds(request([await proof({}, {}, otherKey)]), TOKEN, otherKey.thumbprint)).toBe(true);
  });

  it('remembers a proof for as long as it can be used', async () => {
    const proofs = new Proofs(RESOURCE);
    const start = nowSeconds();
    const text = await proof({ iat: start + 60 });
    expect(proofs.holds(request([text]), TOKEN, key.thumbprint, start)).toBe(true);
    for (const seconds of [1, 119, 120])
      expect(proofs.holds(request([text]), TOKEN, key.thumbprint, start + seconds)).toBe(false);
  });

  describe('behind a gateway that takes the path of the resource away', () => {
    it.each([
      ['https://api.acme.com/shop', 'https://api.acme.com/shop/orders', true],
      ['https://api.acme.com/shop/', 'https://api.acme.com/shop/orders', true],
      ['https://api.acme.com/shop', 'https://api.acme.com/orders', true],
      ['https://api.acme.com/shop', 'https://api.acme.com/till/orders', false],
      ['https://api.acme.com/shop', 'https://api.acme.com/shop/shop/orders', false],
      ['https://api.acme.com/', 'https://api.acme.com/orders', true],
    ])('under %s a call of %s is one of /orders: %p', async (resource, htu, isTaken) => {
      expect(holds(await proof({ htu }), {}, resource)).toBe(isTaken);
    });
  });

  it.each([
    ['/orders?page=2', true],
    ['/orders?htu=/x#y', true],
    ['//evil.example/orders', false],
    ['//', false],
    ['//[', false],
    ['http://evil.example/orders', false],
    ['https://api.acme.com/orders', false],
    ['*', false],
    [':99999/orders', false],
    ['@evil.example/orders', false],
    ['.evil.example/orders', false],
    ['', false],
  ])('compares with the unchanged path of the request: %s, %p', async (path, isTaken) => {
    expect(holds(await proof(), { path })).toBe(isTaken);
  });
});

describe('ReplayCache', () => {
  it('refuses a second use during the lifetime, and forgets the entry afterwards', () => {
    const cache = new ReplayCache(120);
    expect([0, 0, 120, 120.001].map((seconds) => cache.use('key', 'a', seconds))).toEqual([true, false, false, true]);
  });

  it('reports used proofs without recording a use', () => {
    const cache = new ReplayCache(120);
    expect(cache.wasUsed('key', 'a', 0)).toBe(false);
    expect(cache.use('key', 'a', 0)).toBe(true);
    expect([cache.wasUsed('key', 'a', 120), cache.wasUsed('other', 'a', 120), cache.wasUsed('key', 'a', 121)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('refuses proofs beyond its limit, and forgets none that is still valid', () => {
    const cache = new ReplayCache(120, { total: 2, perKey: 2 });
    expect([cache.use('k', 'a', 0), cache.use('l', 'b', 1), cache.use('m', 'c', 2)]).toEqual([true, true, false]);
    expect([cache.use('k', 'a', 3), cache.use('l', 'b', 3)]).toEqual([false, false]);
    expect(cache.use('m', 'c', 120.5)).toBe(true);
    expect(cache.use('m', 'd', 120.5)).toBe(false);
  });

  it('lets a flooding key lock out only itself', () => {
    const cache = new ReplayCache(120, { total: 100, perKey: 2 });
    expect(['a', 'b', 'c', 'd'].map((jti) => cache.use('flood', jti, 0))).toEqual([true, true, false, false]);
    expect([cache.use('other', 'a', 1), cache.use('other', 'b', 1)]).toEqual([true, true]);
  });

  it('restores the share of a key as its proofs expire', () => {
    const cache = new ReplayCache(120, { total: 100, perKey: 2 });
    expect([cache.use('k', 'a', 0), cache.use('k', 'b', 60), cache.use('k', 'c', 60)]).toEqual([true, true, false]);
    expect([cache.use('k', 'c', 121), cache.use('k', 'd', 121)]).toEqual([true, false]);
    expect([cache.use('k', 'd', 300), cache.use('k', 'e', 300), cache.use('k', 'f', 300)]).toEqual([true, true, false]);
  });

  it('remembers 10 000 proofs of one key and 100 000 of all', () => {
    const cache = new ReplayCache(120);
    const fill = (key: string) => Array.from({ length: 10_001 }, (_, jti) => cache.use(key, `${jti}`, 0)).filter(Boolean).length;
    expect(Array.from({ length: 11 }, (_, key) => fill(`k${key}`))).toEqual([...Array<number>(10).fill(10_000), 0]);
  });

  it('distinguishes entries, whatever the names of keys and proofs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('k', '__proto__', 'constructor'), fc.string()), { maxLength: 50 }),
        (uses) => {
          const cache = new ReplayCache(120);
          const seen = new Set<string>();
          for (const use of uses) {
            expect(cache.use(...use, 0)).toBe(!seen.has(JSON.stringify(use)));
            seen.add(JSON.stringify(use));
          }
        },
      ),
    );
  });
});
