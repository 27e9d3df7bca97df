import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import { assertionKey } from '../../../../lib/network/client-credentials/assertion-key.js';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { signJws } from '../../../../lib/jws/index.js';

const CLIENT = 'client';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const edwards = generateKeyPairSync('ed25519');
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function mistake(value: unknown, algorithm?: string): AuthzConfigError {
  try {
    assertionKey(value, algorithm, undefined, CLIENT);
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
  }
  throw new Error('not refused');
}

describe('the key of a client', () => {
  it.each([
    ['RS256', undefined, rsa],
    ['RS512', 'RS512', rsa],
    ['PS384', 'PS384', rsa],
    ['ES256', undefined, ec('prime256v1')],
    ['ES384', undefined, ec('secp384r1')],
    ['ES512', 'ES512', ec('secp521r1')],
    ['EdDSA', undefined, edwards],
  ])('signs with %s where the options say %s', async (alg, algorithm, { publicKey, privateKey }) => {
    const key = assertionKey(pemOf(privateKey), algorithm, 'k1', CLIENT);
    expect([key.alg, key.kid]).toEqual([alg, 'k1']);
    const { payload, protectedHeader } = await compactVerify(signJws('{"sub":"me"}', { kid: key.kid }, key), publicKey);
    expect([protectedHeader, Buffer.from(payload).toString()]).toEqual([{ alg, kid: 'k1' }, '{"sub":"me"}']);
  });

  it('takes algorithm and key id from its JWK, unless the options name them', () => {
    const jwk = { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'PS256', kid: 'of the key' };
    expect(assertionKey(jwk, undefined, undefined, CLIENT)).toMatchObject({ alg: 'PS256', kid: 'of the key' });
    expect(assertionKey(jwk, 'RS384', 'of the options', CLIENT)).toMatchObject({ alg: 'RS384', kid: 'of the options' });
  });

  it.each([
    ['no key', 'secret-word'],
    ['a damaged JWK', { kty: 'RSA', n: 'secret-word' }],
    ['a number', 7],
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' })],
  ])('is refused as %s, and not shown', (_what, value) => {
    const { code, message } = mistake(value);
    expect(code).toBe('AUTHZ_KEY');
    expect(message).toMatch(/^"client.privateKey" must be a private key/);
    expect(message).not.toContain('secret-word');
  });

  it('is rejected with an algorithm that does not fit it, and if it is of an unsupported type', () => {
    expect(mistake(pemOf(rsa.privateKey), 'ES256').message).toBe(
      '"client.algorithm" must be an algorithm of the key (RS256, RS384, RS512, PS256, PS384, PS512), got "ES256".',
    );
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    expect(mistake(pemOf(small)).message).toContain('"client.privateKey" must be RSA with 2048 bits or more');
    expect(mistake(pemOf(ec('secp256k1').privateKey)).message).toContain('got a key of type "ec"');
    expect(mistake(pemOf(generateKeyPairSync('x25519').privateKey)).message).toContain('got a key of type "x25519"');
  });
});
