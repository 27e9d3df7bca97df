import type { KeyObject } from 'node:crypto';
import { isRecord, shown } from '../../../core/index.js';
import { getJson } from '../../../network/http-client/index.js';
import { verificationKey, type JoseHeader, type VerificationKey } from '../../../jws/index.js';
import { UnverifiableError } from '../../../mapping/index.js';

/** Time for which fetched keys are used, in milliseconds (10 minutes). A key that the publisher removed is refused after it. */
const MAX_AGE_MS = 10 * 60_000;

/** Returns the key that a signature's header names. @throws Error if no key, or more than one key, matches. */
export type KeyLookup = (header: JoseHeader) => KeyObject | Promise<KeyObject>;

/**
 * Looks up configured keys. Only those with the `kid` of the header are imported, once: importing a set of 1 MiB can block the process for seconds.
 */
export function pinnedKeys(jwks: readonly unknown[]): KeyLookup {
  const imported = new Map<string, readonly VerificationKey[]>();
  return ({ kid = '', alg }) => {
    const named =
      imported.get(kid) ?? jwks.filter((jwk) => isRecord(jwk) && jwk['kid'] === kid).flatMap((jwk) => verificationKey(jwk) ?? []);
    if (named.length > 0) imported.set(kid, named); // an unknown "kid" is not cached, so the cache has no more entries than there are keys
    const [found, ...others] = named.filter(({ algorithms }) => algorithms.has(alg));
    if (found === undefined) throw new Error(`its signature is not accepted: no applicable key has the "kid" ${shown(kid)}`);
    if (others.length > 0) throw new Error(`its signature is not accepted: multiple matching keys have the "kid" ${shown(kid)}`);
    return found.key;
  };
}

/** Looks up keys in a JWK Set, which is fetched if the cached set is too old or has no key with the `kid`. */
export function fetchedKeys(jwksUri: string): KeyLookup {
  let held: HeldKeys | undefined;
  return async (header) => {
    if (held === undefined || performance.now() - held.fetchedAt > MAX_AGE_MS || !held.kids.has(header.kid))
      held = await fetchKeys(jwksUri);
    return held.find(header);
  };
}

interface HeldKeys {
  readonly find: KeyLookup;
  readonly kids: ReadonlySet<unknown>;
  readonly fetchedAt: number;
}

async function fetchKeys(jwksUri: string): Promise<HeldKeys> {
  const fetchedAt = performance.now();
  const set = await getJson(jwksUri).catch((error: unknown) => {
    throw new UnverifiableError(`the keys to verify it cannot be fetched: ${(error as Error).message}`, { cause: error });
  });
  if (!isRecord(set) || !Array.isArray(set['keys']))
    throw new UnverifiableError(`the keys to verify it cannot be fetched: GET ${jwksUri}: the response is not a JWK Set`);
  const jwks = set['keys'].filter(isRecord);
  return { find: pinnedKeys(jwks), kids: new Set(jwks.map(({ kid }) => kid)), fetchedAt };
}
