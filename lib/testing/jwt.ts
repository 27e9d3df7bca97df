import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signJws } from '../jws/index.js';

/** A key pair as an issuer has it. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  /** The public half as the JWK Set shows it. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Makes a new key pair. */
export function newSigningKey(kid: string, alg: SigningKey['alg']): SigningKey {
  const { publicKey, privateKey } =
    alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

/** Signs a JWT. The header may say anything: tests need wrong tokens, too. */
export function signJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
): string {
  return signJws(JSON.stringify(claims), header, { key: key.privateKey, alg: key.alg });
}
