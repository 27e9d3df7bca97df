import { discoverEndpoint, jsonDeadline } from '../../network/http-client/index.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import type { VerificationKey } from '../../jws/index.js';
import { importKeys, isJwkSet, type JwkSet } from './import-keys.js';
import { noneUsable } from './judge-keys.js';
import { readJwksFile, writeJwksFile } from './jwks-file.js';
import { KeyRequests } from './key-requests.js';

/** Keys and when they were fetched, in milliseconds since 1970. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  readonly fetchedAt: number;
  /** Why there are none. */
  readonly fault?: string;
  /** Why the set could not be kept on disk, where it was to be. */
  readonly notKept?: Error;
}

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The whole set, fetched now. @throws Error with a message for the operator. */
  fetch(): Promise<KeySet>;
  /** The set that an earlier process kept on disk; `undefined` if there is none. @throws Error with a message for the operator. */
  recall?(): Promise<KeySet | undefined>;
}

/** The part of an issuer's settings that says where its keys are. */
export type KeyLocation = Pick<IssuerSettings, 'issuer' | 'jwksUri' | 'jwks' | 'jwksFile' | 'allowHttp'> &
  Partial<Pick<IssuerSettings, 'keyRequests'>>;

/** The key source of an issuer: pinned keys, or its JWK Set over HTTP, found by discovery where no URL is given. */
export function keySource({ jwks, jwksFile, ...at }: KeyLocation): KeySource {
  if (jwks !== undefined) return { fetch: () => keySet(() => Promise.resolve(jwks), Date.now()) };
  const load = jwksLoader(at);
  if (jwksFile === undefined) return { fetch: () => keySet(load, Date.now()) };
  return { fetch: () => fetchAndKeep(load, jwksFile, at.issuer), recall: () => recall(jwksFile, at.issuer) };
}

/** Asks the discovery document once, at the first success. */
function jwksLoader(at: Pick<KeyLocation, 'issuer' | 'jwksUri' | 'allowHttp' | 'keyRequests'>): () => Promise<JwkSet> {
  let { jwksUri } = at;
  const requests = new KeyRequests(jwksUri ?? at.issuer, at.keyRequests);
  return async () => {
    const signal = jsonDeadline(); // one for both: a request may wait for them
    const get = (url: string) => requests.get(url, signal);
    jwksUri ??= await discoverEndpoint(at.issuer, 'jwks_uri', at.allowHttp, get);
    const set = await get(jwksUri).catch((error: unknown) => {
      jwksUri = at.jwksUri; // what was discovered may have moved
      throw error;
    });
    if (!isJwkSet(set)) throw new Error(`GET ${jwksUri}: answered no JWK Set`);
    return set;
  };
}

async function keySet(load: () => Promise<JwkSet>, fetchedAt: number): Promise<KeySet> {
  let came: JwkSet = { keys: [] };
  const keys = await importKeys(async () => (came = await load()));
  return keys.length > 0 ? { keys, fetchedAt } : { keys, fetchedAt, fault: noneUsable(came.keys) };
}

async function fetchAndKeep(load: () => Promise<JwkSet>, file: string, issuer: string): Promise<KeySet> {
  let jwks: JwkSet = { keys: [] };
  const set = await keySet(async () => (jwks = await load()), Date.now());
  if (set.keys.length === 0) return set; // what was kept before is worth more
  try {
    await writeJwksFile(file, issuer, { jwks, fetchedAt: set.fetchedAt });
    return set;
  } catch (error) {
    // A full disk must not refuse keys that have just been fetched.
    return { ...set, notKept: new Error(`${file}: ${(error as Error).message}`, { cause: error }) };
  }
}

async function recall(file: string, issuer: string): Promise<KeySet | undefined> {
  try {
    const kept = await readJwksFile(file, issuer);
    return kept && (await keySet(() => Promise.resolve(kept.jwks), kept.fetchedAt));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
