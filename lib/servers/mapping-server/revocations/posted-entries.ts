import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { isRecord, shown } from '../../../core/index.js';
import { isWide, readEntry, type RevocationEntry } from '../../../revocation/index.js';

/** Most entries in one request. */
const MAX_ENTRIES = 1000;

/** Content of a posted body. */
export interface PostedEntries {
  readonly entries: readonly RevocationEntry[];
  /** The invalid entries: their index and what is wrong. */
  readonly refused: readonly { readonly index: number; readonly fault: string }[];
}

/**
 * Reads a posted body. Invalid entries are left out, so that an entry of a newer version does not block the others.
 * @throws BadRequestException if there is no valid entry; PayloadTooLargeException if there are more than 1000.
 */
export function postedEntries(body: unknown): PostedEntries {
  const given: unknown = isRecord(body) ? body['revocations'] : undefined;
  if (!Array.isArray(given)) throw new BadRequestException('The body must be JSON with a list "revocations"');
  if (given.length > MAX_ENTRIES)
    throw new PayloadTooLargeException(
      `"revocations" has ${given.length} entries, more than the ${MAX_ENTRIES} allowed in one request`,
    );
  const read = given.map(entryOrFault);
  const entries = read.filter((entry) => typeof entry !== 'string');
  const refused = read.flatMap((fault, index) => (typeof fault === 'string' ? [{ index, fault }] : []));
  const [first] = refused;
  if (entries.length === 0 && first !== undefined)
    throw new BadRequestException(`"revocations[${first.index}]" is not a valid entry: ${first.fault}`);
  return { entries, refused };
}

/** Longest `by` of an entry, in characters. */
const MAX_NAME_LENGTH = 200;

/**
 * Adds the sender to the `by` of an entry that affects many users: every service logs it, so the sender must not choose it alone.
 * @param poster Subject of the sender's token.
 */
export function attributed(entry: RevocationEntry, poster: string): RevocationEntry {
  if (!isWide(entry.kind) || entry.by === poster) return entry;
  return { ...entry, by: short(entry.by === undefined ? poster : `${entry.by}, sent by ${poster}`) };
}

/** Shortens a name to the allowed length, without half of a surrogate pair. */
function short(name: string): string {
  const cut = name.slice(0, MAX_NAME_LENGTH);
  return /\p{Surrogate}/u.test(cut) ? shown(name) : cut;
}

function entryOrFault(value: unknown): RevocationEntry | string {
  const entry = readEntry(value);
  return typeof entry !== 'string' && entry.standsIn === true ? 'a stand-in is valid in its own process only' : entry;
}
