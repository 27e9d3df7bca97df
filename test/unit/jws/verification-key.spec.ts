import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { isVerificationJwk, unusableMember, verificationKey, type Algorithm } from '../../../lib/jws/index.js';
import { longRsa, PAIRS } from './key-kit.js';

const jwkOf = (alg: Algorithm) => PAIRS[alg].publicKey.export({ format: 'jwk' });
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

describe('verificationKey', () => {
  it.each<[Algorithm, string[]]>([
    ['RS256', RSA],
    ['ES256', ['ES256']],
    ['ES384', ['ES384']],
    ['ES512', ['ES512']],
    ['EdDSA', ['EdDSA', 'Ed25519']],
  ])('imports a JWK for %s, which then serves %j', (alg, algorithms) => {
    const key = verificationKey({ ...jwkOf(alg), kid: 'k1', use: 'sig', key_ops: ['verify'], x5c: ['AAAA'], other: {} });
    expect([key?.kid, [...(key?.algorithms ?? [])], key?.key.equals(PAIRS[alg].publicKey)]).toEqual(['k1', algorithms, true]);
  });

  it('restricts a JWK to the algorithm that it declares (RFC 7517 section 4.4)', () => {
    expect([...(verificationKey({ ...jwkOf('RS256'), alg: 'PS384' })?.algorithms ?? [])]).toEqual(['PS384']);
  });

  it.each([
    ['d', { d: 'AAAA' }],
    ['d', { d: null }],
    ['kty', { kty: 'oct', k: 'AAAA' }],
    ['kty', { kty: 'AKP' }],
    ['kty', { kty: undefined }],
    ['kty', { kty: ['EC'] }],
    ['use', { use: 'enc' }],
    ['use', { use: null }],
    ['use', { use: ['sig'] }],
    ['alg', { alg: 1 }],
    ['alg', { alg: null }],
    ['kid', { kid: 1 }],
    ['kid', { kid: null }],
    ['key_ops', { key_ops: [] }],
    ['key_ops', { key_ops: ['sign'] }],
    ['key_ops', { key_ops: 'verify' }],
    ['key_ops', { key_ops: null }],
  ])('imports no JWK whose "%s" is of the wrong kind: %j', (member, change) => {
    const jwk = { ...jwkOf('ES256'), ...change };
    expect([unusableMember(jwk), isVerificationJwk(jwk), verificationKey(jwk)]).toEqual([member, false, undefined]);
  });

  it.each([
    ['is not a key', {}],
    ['declares another curve than that of its point', { crv: 'P-384' }],
    [
      'has a curve that is not accepted',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
    ],
    ['is not on its curve', { y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE' }],
    ['declares an algorithm that it does not fit', { alg: 'ES384' }],
    ['declares an algorithm that is not accepted', { alg: 'ES256K' }],
    ['is for key agreement', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
    ['is an Ed448 key', generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })],
    ['has 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })],
    ['has 2047 bits', generateKeyPairSync('rsa', { modulusLength: 2047 }).publicKey.export({ format: 'jwk' })],
    ['has 8193 bits', longRsa(8193).publicKey.export({ format: 'jwk' })],
    ['has the exponent 1', { ...jwkOf('RS256'), e: 'AQ' }],
    ['has the exponent 2', { ...jwkOf('RS256'), e: 'Ag' }],
    ['has no exponent', { ...jwkOf('RS256'), e: '' }],
  ])('imports no JWK that %s', (what, change) => {
    expect(verificationKey(what === 'is not a key' ? change : { ...jwkOf('ES256'), ...change })).toBeUndefined();
  });

  it.each([
    ['8192 bits', longRsa(8192).publicKey.export({ format: 'jwk' })],
    ['the exponent 3', { ...jwkOf('RS256'), e: 'Aw' }],
  ])('imports an RSA key with %s', (_what, jwk) => {
    expect([...(verificationKey(jwk)?.algorithms ?? [])]).toEqual(RSA);
  });

  it('never throws for any value, and imports only a JWK', () => {
    const anyJwk = fc.record({
      kty: fc.constantFrom('RSA', 'EC', 'OKP'),
      crv: fc.anything(),
      n: fc.anything(),
      e: fc.anything(),
      x: fc.anything(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), anyJwk), (value) => {
        expect(verificationKey(value)).toBeUndefined();
      }),
    );
  });
});
