import { createPublicKey } from 'node:crypto';
import { isRecord } from '../../core/index.js';
import { algorithmsOf, isVerificationJwk, type VerificationKey } from '../../jws/index.js';
import { noneUsable } from './judge-keys.js';

/** A JWK Set as it came (RFC 7517 section 5). Its entries may be anything. */
export interface JwkSet {
  readonly keys: readonly unknown[];
}

/** Whether a value is a JWK Set by its outer shape. */
export function isJwkSet(value: unknown): value is JwkSet {
  return isRecord(value) && Array.isArray(value['keys']);
}

/** Most keys of a set that are imported, the first ones: 1 MiB holds ten thousand, which would occupy the process for seconds. */
const MAX_KEYS = 256;

/**
 * Fetches a JWK Set through jwks-rsa's client and imports each of its keys once. The client's caches stay off: they are per key, where
 * an issuer publishes a set.
 *
 * @param load Our own transport, with its deadline and its limits.
 */
export async function importKeys(load: () => Promise<JwkSet>): Promise<readonly VerificationKey[]> {
  const fetcher = async () => ({ keys: usableKeys(await load()) });
  // Loaded beside the start: it brings a JOSE library, which listening need not wait for.
  // By its default export: the package is a function with members, of which some bundlers make no named exports.
  const { default: jwksRsa } = await import('jwks-rsa');
  const client = new jwksRsa.JwksClient({ jwksUri: '', cache: false, rateLimit: false, fetcher });
  return (await client.getSigningKeys()).flatMap((signingKey) => {
    const key = createPublicKey(signingKey.getPublicKey());
    const algorithms = algorithmsOf(key, signingKey.alg);
    return algorithms.size === 0 ? [] : { kid: signingKey.kid, algorithms, key };
  });
}

/** Without `key_ops`, which have been judged: with `sign` among them (RFC 7517 section 4.3) a public key would not be imported. */
function usableKeys({ keys }: JwkSet): readonly object[] {
  const usable = keys.filter(isVerificationJwk).slice(0, MAX_KEYS);
  if (usable.length === 0) throw new Error(noneUsable(keys));
  return usable.map((jwk) => Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== 'key_ops')));
}
