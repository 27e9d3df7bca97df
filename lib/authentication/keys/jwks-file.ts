import { readFile, stat } from 'node:fs/promises';
import { isRecord } from '../../core/index.js';
import { writeWholeFile } from '../../network/remote/index.js';
import { isJwkSet, type JwkSet } from './import-keys.js';

/** Largest file read, in bytes (2 MiB): a set of 1 MiB and the members around it. */
const MAX_BYTES = 2 * 1024 * 1024;

/** A key set kept on disk. */
export interface KeptKeySet {
  readonly jwks: JwkSet;
  /** When it was fetched, in milliseconds since 1970. */
  readonly fetchedAt: number;
}

/**
 * Reads the key set of this issuer that an earlier process kept. Returns `undefined` if there is no file.
 * @throws Error if the file cannot be read or holds something else.
 */
export async function readJwksFile(file: string, issuer: string): Promise<KeptKeySet | undefined> {
  const size = await stat(file).then(
    (stats) => stats.size,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (size === undefined) return undefined;
  if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
  const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isRecord(kept) || kept['issuer'] !== issuer || !isJwkSet(kept['jwks']) || typeof kept['fetchedAt'] !== 'number')
    throw new Error('no key set of this issuer');
  return { jwks: kept['jwks'], fetchedAt: kept['fetchedAt'] };
}

/** Writes a key set to the file, atomically. */
export async function writeJwksFile(file: string, issuer: string, { jwks, fetchedAt }: KeptKeySet): Promise<void> {
  await writeWholeFile(file, JSON.stringify({ issuer, fetchedAt, jwks }), { mode: 0o600 });
}
