import { createPublicKey, type KeyObject } from 'node:crypto';
import { isRecord } from '../../core/index.js';
import { algorithmsOf } from './algorithms.js';

/** A key of the issuer, imported once. */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

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
  const fetcher = async () => ({ keys: (await load()).keys.filter(isUsable).slice(0, MAX_KEYS) });
  // Loaded beside the start: it brings a JOSE library, which listening need not wait for.
  const { JwksClient } = await import('jwks-rsa');
  const client = new JwksClient({ jwksUri: '', cache: false, rateLimit: false, fetcher });
  return (await client.getSigningKeys()).flatMap((signingKey) => {
    const key = createPublicKey(signingKey.getPublicKey());
    const algorithms = algorithmsOf(key, signingKey.alg);
    return algorithms.size === 0 ? [] : { kid: signingKey.kid, algorithms, key };
  });
}

/** What each member of a public key for verifying signatures may be; absent members default to what they then mean. */
const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  kty: (value) => value === 'RSA' || value === 'EC' || value === 'OKP',
  use: (value = 'sig') => value === 'sig',
  alg: (value = '') => typeof value === 'string',
  kid: (value = '') => typeof value === 'string',
  key_ops: (value = ['verify']) => Array.isArray(value) && value.includes('verify'),
  d: (value) => value === undefined, // a private key
};

/** Leaves out, one by one, what is no public key for verifying signatures (RFC 7517 sections 4.2, 4.3 and 5). */
function isUsable(jwk: unknown): boolean {
  return isRecord(jwk) && Object.entries(USABLE).every(([name, mayBe]) => mayBe(jwk[name]));
}
