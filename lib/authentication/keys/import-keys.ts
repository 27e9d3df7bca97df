import { createPublicKey } from 'node:crypto';
import { isRecord } from '../../core/index.js';
import { algorithmsOf, isVerificationJwk, type VerificationKey } from '../../jws/index.js';
import { noneUsable } from './judge-keys.js';

/** A JWK Set (RFC 7517 section 5). Its entries are unchecked. */
export interface JwkSet {
  readonly keys: readonly unknown[];
}

/** Whether a value has the outer shape of a JWK Set. */
export function isJwkSet(value: unknown): value is JwkSet {
  return isRecord(value) && Array.isArray(value['keys']);
}

/** Only this many keys of a set are imported, the first ones: a set of 1 MiB may hold ten thousand, which would block the process for seconds. */
const MAX_KEYS = 256;

/**
 * Fetches a JWK Set through jwks-rsa's client and imports each key once. The client's caches stay off: they hold single keys, but an issuer
 * publishes a set.
 *
 * @param load Fetches the set, with our deadline and limits.
 */
export async function importKeys(load: () => Promise<JwkSet>): Promise<readonly VerificationKey[]> {
  const fetcher = async () => ({ keys: usableKeys(await load()) });
  // Loaded on demand: it includes a JOSE library, for which the start should not wait.
  // Uses the default export: the package is a function with members, for which some bundlers make no named exports.
  const { default: jwksRsa } = await import('jwks-rsa');
  const client = new jwksRsa.JwksClient({ jwksUri: '', cache: false, rateLimit: false, fetcher });
  return (await client.getSigningKeys()).flatMap((signingKey) => {
    const key = createPublicKey(signingKey.getPublicKey());
    const algorithms = algorithmsOf(key, signingKey.alg);
    return algorithms.size === 0 ? [] : { kid: signingKey.kid, algorithms, key };
  });
}

/** Removes `key_ops` after the check: node:crypto does not import a public key with `sign` among them (RFC 7517 section 4.3). */
function usableKeys({ keys }: JwkSet): readonly object[] {
  const usable = keys.filter(isVerificationJwk).slice(0, MAX_KEYS);
  if (usable.length === 0) throw new Error(noneUsable(keys));
  return usable.map((jwk) => Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== 'key_ops')));
}
