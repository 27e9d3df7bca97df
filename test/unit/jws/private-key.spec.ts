import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { privateKey } from '../../../lib/jws/index.js';
import { PAIRS, SECRET } from './key-kit.js';

const pairs = Object.entries(PAIRS);

describe('privateKey', () => {
  it.each(pairs)('reads a key for %s from a JWK, a PEM or a KeyObject', (_alg, pair) => {
    const forms = [
      pair.privateKey,
      pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      { ...pair.privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' },
    ];
    for (const form of forms) {
      const key = privateKey(form);
      expect([key?.type, key?.equals(pair.privateKey)]).toEqual(['private', true]);
    }
  });

  it('returns undefined for a key that is not private', () => {
    const { publicKey } = PAIRS.ES256;
    const forms = [
      publicKey,
      SECRET,
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ format: 'jwk' }),
      SECRET.export({ format: 'jwk' }),
    ];
    expect(forms.map(privateKey)).toEqual(forms.map(() => undefined));
  });

  // The parser's messages may quote its input, and a log may print them.
  it('does not throw for a damaged or encrypted key, so that no message quotes it', () => {
    const pem = PAIRS.RS256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const jwk = PAIRS.RS256.privateKey.export({ format: 'jwk' });
    const locked = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
    }).privateKey;
    const forms = [
      locked,
      pem.slice(100),
      pem.slice(0, -100),
      '',
      { ...jwk, d: 1 },
      { ...jwk, p: undefined },
      { ...jwk, n: 'AQ' },
      {},
    ];
    expect(forms.slice(0, 6).map(privateKey)).toEqual(Array(6).fill(undefined));
    for (const form of forms) expect(() => privateKey(form)).not.toThrow();
  });

  it('never throws for any value', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(privateKey(value)).toBeUndefined();
      }),
    );
    expect(createPublicKey(PAIRS.EdDSA.privateKey).type).toBe('public');
  });
});
