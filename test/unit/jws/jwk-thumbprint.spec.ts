import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { jwkThumbprint } from '../../../lib/jws/index.js';
import { ALL, PAIRS } from './key-kit.js';

describe('jwkThumbprint', () => {
  it('returns the thumbprint of RFC 7638 section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj' +
      'hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ' +
      'vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK' +
      'nqDKgw';
    const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
    expect(jwkThumbprint(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('returns the thumbprint of RFC 8037 appendix A.3', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(jwkThumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('agrees with jose for a key of every algorithm, with other members and in any order', async () => {
    const keys = ALL.flatMap((alg) => (alg === 'HS256' ? [] : [PAIRS[alg].publicKey.export({ format: 'jwk' })]));
    const extra = fc.dictionary(fc.constantFrom('kid', 'use', 'alg', 'key_ops', 'd', 'x5c', 'other'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), extra, fc.infiniteStream(fc.nat()), async (key, others, order) => {
        const members = Object.entries({ ...others, ...key });
        const ranks = new Map(members.map(([name]) => [name, order.next().value as number]));
        const shuffled = Object.fromEntries(members.toSorted(([a], [b]) => ranks.get(a)! - ranks.get(b)!));
        expect(jwkThumbprint(shuffled)).toBe(await calculateJwkThumbprint(key, 'sha256'));
      }),
    );
  });

  it.each([
    ['of a shared secret', { kty: 'oct', k: 'AAAA' }],
    ['of an unknown type', { kty: 'constructor' }],
    ['without a type', {}],
    ['whose type is not a string', { kty: ['RSA'], n: 'AQ', e: 'AQAB' }],
    ['without a required member', { kty: 'RSA', n: 'AQ' }],
    ['with a required member that is not a string', { kty: 'EC', crv: 'P-256', x: 'AQ', y: 1 }],
  ])('is undefined for a JWK %s', (_what, jwk) => {
    expect(jwkThumbprint(jwk)).toBeUndefined();
  });
});
