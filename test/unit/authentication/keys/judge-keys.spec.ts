import { generateKeyPairSync } from 'node:crypto';
import { describeKeys } from '../../../../lib/authentication/keys/judge-keys.js';
import { hasKeyFor } from '../../../../lib/jws/index.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed = generateKeyPairSync('ed25519');
const jwk = ({ publicKey }: typeof rsa, members: object = {}) => ({ ...publicKey.export({ format: 'jwk' }), ...members });

describe('the description of the keys of a set', () => {
  it.each<[string, readonly unknown[]]>([
    ['it is empty', []],
    ['"a" is for RS256', [jwk(rsa, { kid: 'a', alg: 'RS256' })]],
    ['"a" is for EdDSA, Ed25519', [jwk(ed, { kid: 'a' })]],
    ['"a" is a private key', [{ ...rsa.privateKey.export({ format: 'jwk' }), kid: 'a' }]],
    ['"a" has "use" "enc"', [jwk(rsa, { kid: 'a', use: 'enc' })]],
    ['"a" has "key_ops" ["encrypt"]', [jwk(rsa, { kid: 'a', key_ops: ['encrypt'] })]],
    ['a key without "kid" has "kty" "oct"', [{ kty: 'oct', k: 'secret' }]],
    ['"a" is a key that no algorithm fits ("RSA", "RSA-OAEP")', [jwk(rsa, { kid: 'a', alg: 'RSA-OAEP' })]],
    ['"a" is a key that no algorithm fits ("RSA")', [jwk(weak, { kid: 'a' })]],
    ['a key without "kid" is not an object; a key without "kid" is of type string', [null, 'key']],
    ['"a\\u001b" has "kty" "XYZ"', [{ kty: 'XYZ', kid: 'a\u001b' }]],
  ])('%s', (said, keys) => {
    expect(describeKeys(keys)).toBe(said);
  });

  it('is of the first five', () => {
    const keys = Array.from({ length: 7 }, (_, index) => jwk(rsa, { kid: `k${index}`, use: 'enc' }));
    expect(describeKeys(keys)).toMatch(/^"k0" .*"k4" has "use" "enc"; and 2 more$/);
  });

  it('never holds a secret', () => {
    const { d } = rsa.privateKey.export({ format: 'jwk' });
    expect(describeKeys([{ ...rsa.privateKey.export({ format: 'jwk' }) }, { kty: 'oct', k: 'hush' }])).not.toMatch(
      d!.slice(0, 20),
    );
    expect(describeKeys([{ kty: 'oct', k: 'hush' }])).not.toContain('hush');
  });
});

describe('hasKeyFor', () => {
  it.each<[readonly string[], readonly unknown[], boolean]>([
    [['RS256'], [jwk(ed), jwk(rsa)], true],
    [['RS256'], [jwk(ed)], false],
    [['EdDSA'], [jwk(ed)], true],
    [['RS256'], [jwk(rsa, { alg: 'RS512' })], false],
    [['RS256'], [jwk(rsa, { use: 'enc' })], false],
    [['RS256'], [jwk(rsa, { key_ops: ['sign', 'verify'] })], true],
    [['RS256'], [null, 7, {}], false],
  ])('for %j', (algorithms, keys, expected) => {
    expect(hasKeyFor(keys, algorithms)).toBe(expected);
  });
});
