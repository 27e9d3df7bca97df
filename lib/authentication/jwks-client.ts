import { createPublicKey, type KeyObject } from 'node:crypto';
import { isRecord } from '../core/index.js';
import { algorithmsOf } from './algorithms.js';
import { discoverJwksUri } from './discovery.js';
import { fetchJson } from './fetch-json.js';
import type { IssuerSettings } from './issuer-settings.js';

/** A key of the issuer, imported once. */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

/** Fetches the whole key set of an issuer. */
export type KeySetFetcher = () => Promise<readonly VerificationKey[]>;

/**
 * Fetches an issuer's keys by jwks-rsa's client, with our own transport under it (deadline, size, no redirects) and without its caches,
 * which are per key where an issuer publishes a set. Asks the discovery document once, at the first success.
 */
export function keySetFetcher(settings: Pick<IssuerSettings, 'issuer' | 'jwksUri' | 'allowHttp'>): KeySetFetcher {
  let { jwksUri } = settings;
  return async () => {
    jwksUri ??= await discoverJwksUri(settings.issuer, settings.allowHttp);
    // Loaded beside the start: it brings a JOSE library, which listening need not wait for.
    const { JwksClient } = await import('jwks-rsa');
    const client = new JwksClient({ jwksUri, cache: false, rateLimit: false, fetcher: fetchUsableKeys });
    return (await client.getSigningKeys()).flatMap((signingKey) => {
      const key = createPublicKey(signingKey.getPublicKey());
      const algorithms = algorithmsOf(key, signingKey.alg);
      return algorithms.size === 0 ? [] : { kid: signingKey.kid, algorithms, key };
    });
  };
}

async function fetchUsableKeys(uri: string): Promise<{ keys: unknown[] }> {
  const set = await fetchJson(uri);
  if (!isRecord(set) || !Array.isArray(set['keys'])) throw new Error(`GET ${uri}: answered no JWK Set`);
  return { keys: set['keys'].filter(isUsable) };
}

/** What each member of a public key for verifying signatures may be; absent members default to what they then mean. */
const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  kty: (value) => value === 'RSA' || value === 'EC',
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
