import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { isRecord, shown } from '../../../core/index.js';
import { isWide, readEntry, type RevocationEntry } from '../../../revocation/index.js';

/** Most entries taken in one request. */
const MAX_ENTRIES = 1000;

/** What is in the body of a request. */
export interface PostedEntries {
  readonly entries: readonly RevocationEntry[];
  /** Of each thing that is no entry, its place and why. */
  readonly refused: readonly { readonly index: number; readonly fault: string }[];
}

/**
 * Reads the body of a request. What is no entry is left out, so that one which a newer version made does not hold up all others.
 * @throws BadRequestException if there is no entry at all; PayloadTooLargeException if there are more than 1000.
 */
export function postedEntries(body: unknown): PostedEntries {
  const given: unknown = isRecord(body) ? body['revocations'] : undefined;
  if (!Array.isArray(given)) throw new BadRequestException('The body must be JSON with a list "revocations"');
  if (given.length > MAX_ENTRIES)
    throw new PayloadTooLargeException(`"revocations" has ${given.length} entries, more than the ${MAX_ENTRIES} taken at once`);
  const read = given.map(entryOrFault);
  const entries = read.filter((entry) => typeof entry !== 'string');
  const refused = read.flatMap((fault, index) => (typeof fault === 'string' ? [{ index, fault }] : []));
  const [first] = refused;
  if (entries.length === 0 && first !== undefined)
    throw new BadRequestException(`"revocations[${first.index}]" is no entry: ${first.fault}`);
  return { entries, refused };
}

/** Longest name of who made a rule, in characters. */
const MAX_NAME_LENGTH = 200;

/**
 * Writes who posted an entry into one that concerns many: the log of every service names its maker, and that is not for the poster to choose alone.
 * @param poster The subject of its token.
 */
export function attributed(entry: RevocationEntry, poster: string): RevocationEntry {
  if (!isWide(entry.kind) || entry.by === poster) return entry;
  return { ...entry, by: short(entry.by === undefined ? poster : `${entry.by}, sent by ${poster}`) };
}

/** A name that entries may carry: half of a character is none. */
function short(name: string): string {
  const cut = name.slice(0, MAX_NAME_LENGTH);
  return /\p{Surrogate}/u.test(cut) ? shown(name) : cut;
}

function entryOrFault(value: unknown): RevocationEntry | string {
  const entry = readEntry(value);
  return typeof entry !== 'string' && entry.standsIn === true ? 'it stands in for others in one process alone' : entry;
}
