import { discoverEndpoint, jsonDeadline } from '../../network/http-client/index.js';
import type { IssuerSettings } from '../issuers/options/issuer-settings.js';
import type { VerificationKey } from '../../jws/index.js';
import { importKeys, isJwkSet, type JwkSet } from './import-keys.js';
import { noneUsable } from './judge-keys.js';
import { readJwksFile, writeJwksFile } from './jwks-file.js';
import { KeyRequests } from './key-requests.js';

/** Keys, and the time of their fetch. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** In milliseconds since 1970. */
  readonly fetchedAt: number;
  /** Why the set has no usable key. */
  readonly fault?: string;
  /** Why the set could not be written to the option `jwksFile`. */
  readonly notKept?: Error;
}

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** Fetches the whole set. @throws Error with a message for the operator. */
  fetch(): Promise<KeySet>;
  /** Reads the set that an earlier process kept on disk; `undefined` if there is none. @throws Error with a message for the operator. */
  recall?(): Promise<KeySet | undefined>;
}

/** The settings of an issuer about the location of its keys. */
export type KeyLocation = Pick<IssuerSettings, 'issuer' | 'jwksUri' | 'jwks' | 'jwksFile' | 'allowHttp'> &
  Partial<Pick<IssuerSettings, 'keyRequests'>>;

/** Returns the key source of an issuer: pinned keys, or its JWK Set over HTTP, found by discovery if there is no URL. */
export function keySource({ jwks, jwksFile, ...at }: KeyLocation): KeySource {
  if (jwks !== undefined) return { fetch: () => keySet(() => Promise.resolve(jwks), Date.now()) };
  const load = jwksLoader(at);
  if (jwksFile === undefined) return { fetch: () => keySet(load, Date.now()) };
  return { fetch: () => fetchAndKeep(load, jwksFile, at.issuer), recall: () => recall(jwksFile, at.issuer) };
}

/** Fetches the JWK Set. Keeps the URL of the discovery document until a request to it fails. */
function jwksLoader(at: Pick<KeyLocation, 'issuer' | 'jwksUri' | 'allowHttp' | 'keyRequests'>): () => Promise<JwkSet> {
  let { jwksUri } = at;
  const requests = new KeyRequests(jwksUri ?? at.issuer, at.keyRequests);
  return async () => {
    const signal = jsonDeadline(); // one deadline for both fetches: a request may wait for them
    const get = (url: string) => requests.get(url, signal);
    jwksUri ??= await discoverEndpoint(at.issuer, 'jwks_uri', at.allowHttp, get);
    const set = await get(jwksUri).catch((error: unknown) => {
      jwksUri = at.jwksUri; // the URL may have changed: discover it again
      throw error;
    });
    if (!isJwkSet(set)) throw new Error(`GET ${jwksUri}: the response is no JWK Set`);
    return set;
  };
}

async function keySet(load: () => Promise<JwkSet>, fetchedAt: number): Promise<KeySet> {
  let set: JwkSet = { keys: [] };
  const keys = await importKeys(async () => (set = await load()));
  return keys.length > 0 ? { keys, fetchedAt } : { keys, fetchedAt, fault: noneUsable(set.keys) };
}

async function fetchAndKeep(load: () => Promise<JwkSet>, file: string, issuer: string): Promise<KeySet> {
  let jwks: JwkSet = { keys: [] };
  const set = await keySet(async () => (jwks = await load()), Date.now());
  if (set.keys.length === 0) return set; // the file keeps the usable keys of before
  try {
    await writeJwksFile(file, issuer, { jwks, fetchedAt: set.fetchedAt });
    return set;
  } catch (error) {
    // The fetched keys stay in use even if the disk is full.
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
