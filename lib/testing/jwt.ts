import { generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult } from 'node:crypto';
import { signJws } from '../jws/index.js';

/** A key pair of an issuer. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  /** The public key, as a member of the JWK Set. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Makes a signing key of a key pair. Default: a new one. */
export function newSigningKey(kid: string, alg: SigningKey['alg'], pair: KeyPairKeyObjectResult = newKeyPair(alg)): SigningKey {
  const { publicKey, privateKey } = pair;
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

/** Makes a key pair. One for RS256 takes 150 ms. */
export function newKeyPair(alg: SigningKey['alg']): KeyPairKeyObjectResult {
  return alg === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Signs a JWT. Accepts any header: tests need invalid tokens too. */
export function signJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
): string {
  return signJws(JSON.stringify(claims), header, { key: key.privateKey, alg: key.alg });
}
