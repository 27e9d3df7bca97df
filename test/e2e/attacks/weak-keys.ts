import { createHash, createHmac } from 'node:crypto';
import { ec, ed25519, newKey, rsa, type KitKey } from './token-kit.js';

/** A published key that must not be used, with a signature that it would verify. */
export interface WeakKey {
  readonly name: string;
  readonly why: string;
  readonly key: KitKey;
  readonly alg: string;
  readonly sign?: (input: Buffer) => Buffer;
}

const SMALL = 'RSA keys below 2048 bits can be factored (RFC 7518 section 3.3)';
const PURPOSE = 'the issuer says that the key is not for signatures (RFC 7517 sections 4.2 and 4.3)';
const LEAKED = 'a private key that is published is everybody’s key';
const INVALID = 'what is no valid key verifies nothing, whatever a library makes of it';

const pair = rsa();
const curve = ec();
const SECRET = 'a secret of the issuer that it publishes by mistake';

/** With the exponent 1, a signature is its own padded hash: everybody can write it down (RFC 8017 section 9.2). */
function withoutKey(input: Buffer): Buffer {
  const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const hash = Buffer.concat([digestInfo, createHash('sha256').update(input).digest()]);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - hash.length, 0xff), Buffer.from([0]), hash]);
}

export const weakKeys: readonly WeakKey[] = [
  { name: 'RSA with 1024 bits', why: SMALL, key: newKey('rsa-1024', 'RS256', rsa(1024)), alg: 'RS256' },
  { name: 'RSA with 1024 bits, PS256', why: SMALL, key: newKey('rsa-1024-ps', 'PS256', rsa(1024)), alg: 'PS256' },
  { name: 'RSA with 2040 bits', why: SMALL, key: newKey('rsa-2040', 'RS256', rsa(2040)), alg: 'RS256' },
  {
    name: 'RSA with the exponent 1',
    why: 'x to the power of 1 is x: the signature is the message',
    key: newKey('e-1', 'RS256', pair, { e: 'AQ' }),
    alg: 'RS256',
    sign: withoutKey,
  },
  { name: 'RSA with an even exponent', why: INVALID, key: newKey('e-2', 'RS256', pair, { e: 'Ag' }), alg: 'RS256' },
  { name: 'use "enc"', why: PURPOSE, key: newKey('enc', 'RS256', pair, { use: 'enc' }), alg: 'RS256' },
  { name: 'use that is no text', why: PURPOSE, key: newKey('use-list', 'RS256', pair, { use: ['sig'] }), alg: 'RS256' },
  { name: 'use null', why: PURPOSE, key: newKey('use-null', 'RS256', pair, { use: null }), alg: 'RS256' },
  { name: 'key_ops without verify', why: PURPOSE, key: newKey('ops', 'RS256', pair, { key_ops: ['encrypt'] }), alg: 'RS256' },
  { name: 'key_ops empty', why: PURPOSE, key: newKey('ops-0', 'RS256', pair, { key_ops: [] }), alg: 'RS256' },
  { name: 'key_ops a string', why: PURPOSE, key: newKey('ops-text', 'RS256', pair, { key_ops: 'verify' }), alg: 'RS256' },
  { name: 'alg of encryption', why: PURPOSE, key: newKey('oaep', 'RS256', pair, { alg: 'RSA-OAEP-256' }), alg: 'RS256' },
  { name: 'alg "none"', why: PURPOSE, key: newKey('alg-none', 'RS256', pair, { alg: 'none' }), alg: 'RS256' },
  { name: 'alg a number', why: INVALID, key: newKey('alg-5', 'RS256', pair, { alg: 5 }), alg: 'RS256' },
  {
    name: 'a private RSA key',
    why: LEAKED,
    key: newKey('private-rsa', 'RS256', pair, pair.privateKey.export({ format: 'jwk' })),
    alg: 'RS256',
  },
  {
    name: 'a private EC key',
    why: LEAKED,
    key: newKey('private-ec', 'ES256', curve, { d: curve.privateKey.export({ format: 'jwk' }).d }),
    alg: 'ES256',
  },
  {
    name: 'a private Ed25519 key',
    why: LEAKED,
    key: newKey('private-ed', 'EdDSA', ed25519(), { d: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
    alg: 'EdDSA',
  },
  {
    name: 'a P-256 point under the name P-384',
    why: INVALID,
    key: newKey('crv', 'ES256', curve, { crv: 'P-384' }),
    alg: 'ES256',
  },
  {
    name: 'a point that is not on the curve',
    why: 'arithmetic off the curve has small groups, in which signatures can be found',
    key: newKey('off-curve', 'ES256', curve, { y: Buffer.alloc(32, 1).toString('base64url') }),
    alg: 'ES256',
  },
  {
    name: 'the point at infinity',
    why: INVALID,
    key: newKey('zero', 'ES256', curve, { x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') }),
    alg: 'ES256',
  },
  { name: 'an unknown curve', why: INVALID, key: newKey('unknown-crv', 'ES256', curve, { crv: 'P-255' }), alg: 'ES256' },
  { name: 'secp256k1', why: INVALID, key: newKey('k1', 'ES256', ec('secp256k1')), alg: 'ES256' },
  { name: 'an unknown kty', why: INVALID, key: newKey('kty', 'RS256', pair, { kty: 'RSA2' }), alg: 'RS256' },
  { name: 'an RSA key without modulus', why: INVALID, key: newKey('no-n', 'RS256', pair, { n: undefined }), alg: 'RS256' },
  { name: 'a modulus that is no text', why: INVALID, key: newKey('n-list', 'RS256', pair, { n: [1, 2, 3] }), alg: 'RS256' },
  {
    name: 'a kid that is no text, asked for by its text',
    why: 'names are compared, not converted',
    key: { ...newKey('42', 'RS256', pair), jwk: { ...newKey('42', 'RS256', pair).jwk, kid: 42 } },
    alg: 'RS256',
  },
  {
    name: 'an oct key taken for a public one',
    why: 'a shared secret in a key set is a mistake of the issuer, and no reason to accept what everybody can sign',
    key: { ...newKey('oct', 'HS256', pair), jwk: { kty: 'oct', kid: 'oct', k: Buffer.from(SECRET).toString('base64url') } },
    alg: 'RS256',
    sign: (input) => createHmac('sha256', SECRET).update(input).digest(),
  },
];

/** Entries that are no keys at all. */
export const NO_KEYS: readonly unknown[] = [
  null,
  'key',
  1,
  true,
  [],
  {},
  [{ kty: 'RSA' }],
  { kty: 'OKP', crv: 'X25519', x: 'AAAA' },
];
