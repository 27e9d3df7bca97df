import type { CompactJWSHeaderParameters, CompactVerifyGetKey, JSONWebKeySet } from 'jose';
import { createLocalJWKSet } from 'jose';
import { isRecord } from '../core/index.js';
import { getJson } from '../http-client/index.js';
import { UnverifiableError } from '../mapping/index.js';

/** Time for which fetched keys are used, in milliseconds (10 minutes): a key that the publisher withdrew is refused after it. */
const MAX_AGE_MS = 10 * 60_000;

/** Gives the key that a signature's header names. @throws Error if there is none. */
export type KeyLookup = (header: CompactJWSHeaderParameters) => ReturnType<CompactVerifyGetKey>;

/** Keys that are known. */
export function pinnedKeys(keys: JSONWebKeySet['keys']): KeyLookup {
  return createLocalJWKSet({ keys });
}

/** Keys of a JWK Set, fetched when a bundle is to be verified and no fresh set with its key is held. */
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
    throw new UnverifiableError(`the keys that verify it cannot be fetched: ${(error as Error).message}`, { cause: error });
  });
  if (!isRecord(set) || !Array.isArray(set['keys']))
    throw new UnverifiableError(`the keys that verify it cannot be fetched: GET ${jwksUri}: answered no JWK Set`);
  const keys = (set['keys'] as unknown[]).filter(isRecord) as unknown as JSONWebKeySet['keys'];
  return { find: pinnedKeys(keys), kids: new Set(keys.map(({ kid }) => kid)), fetchedAt };
}
