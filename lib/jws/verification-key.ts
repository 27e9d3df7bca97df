import { createPublicKey, type KeyObject } from 'node:crypto';
import { isRecord } from '../core/index.js';
import { algorithmsOf } from './algorithms.js';

/** An imported public key. Importing costs more than verifying a signature, so it is done once. */
export interface VerificationKey {
  readonly kid: string | undefined;
  /** The algorithms that the key may verify. */
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

/** The values accepted for the members of a public key that verifies signatures. Absent members have their default meaning. */
const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  d: (value) => value === undefined, // a private key
  kty: (value) => value === 'RSA' || value === 'EC' || value === 'OKP',
  use: (value = 'sig') => value === 'sig',
  alg: (value = '') => typeof value === 'string',
  kid: (value = '') => typeof value === 'string',
  key_ops: (value = ['verify']) => Array.isArray(value) && value.includes('verify'),
};

/** Whether a value is the JWK of a public key for verifying signatures (RFC 7517 sections 4.2, 4.3 and 5). */
export function isVerificationJwk(jwk: unknown): jwk is Record<string, unknown> {
  return isRecord(jwk) && unusableMember(jwk) === undefined;
}

/** Returns the first member that makes a JWK unusable; `undefined` if there is none. */
export function unusableMember(jwk: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(USABLE).find(([name, mayBe]) => !mayBe(jwk[name]))?.[0];
}

/** Imports a JWK. Returns `undefined` if it is not a public key for an accepted algorithm. Never throws. */
export function verificationKey(jwk: unknown): VerificationKey | undefined {
  if (!isVerificationJwk(jwk)) return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const algorithms = algorithmsOf(key, jwk['alg'] as string | undefined);
    return algorithms.size === 0 ? undefined : { kid: jwk['kid'] as string | undefined, algorithms, key };
  } catch {
    return undefined;
  }
}

/** Whether at least one of the JWKs can verify signatures of at least one of the algorithms. */
export function hasKeyFor(jwks: readonly unknown[], algorithms: readonly string[]): boolean {
  return jwks.some((jwk) => {
    const key = verificationKey(jwk);
    return key !== undefined && algorithms.some((name) => key.algorithms.has(name));
  });
}
