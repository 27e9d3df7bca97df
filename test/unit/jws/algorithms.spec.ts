import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { algorithmsOf } from '../../../lib/jws/index.js';

describe('algorithmsOf', () => {
  const rsa = (modulusLength: number, publicExponent = 65537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey;
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;
  const big = rsa(2048);
  const all = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

  it.each<[string, KeyObject, string[]]>([
    ['RSA of 2048 bits', big, all],
    ['RSA with the exponent 3', rsa(2048, 3), all],
    ['RSA of 1024 bits', rsa(1024), []],
    ['P-256', ec('P-256'), ['ES256']],
    ['P-384', ec('P-384'), ['ES384']],
    ['P-521', ec('P-521'), ['ES512']],
    ['secp256k1', ec('secp256k1'), []],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey, ['EdDSA', 'Ed25519']],
    ['Ed448', generateKeyPairSync('ed448').publicKey, []],
    ['X25519', generateKeyPairSync('x25519').publicKey, []],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey, []],
  ])('lets a key of %s serve its own algorithms only', (_name, key, algorithms) => {
    expect([...algorithmsOf(key, undefined)]).toEqual(algorithms);
  });

  it.each([
    ['RS256', ['RS256']],
    ['PS512', ['PS512']],
    ['ES256', []],
    ['HS256', []],
    ['none', []],
    ['rs256', []],
    ['RSA-OAEP', []],
    ['', []],
  ])('lets an RSA key that declares %j serve %j', (declared, algorithms) => {
    expect([...algorithmsOf(big, declared)]).toEqual(algorithms);
  });
});
