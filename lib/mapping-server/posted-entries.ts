import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { isRecord } from '../core/index.js';
import { readEntry, type RevocationEntry } from '../revocation/index.js';

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

function entryOrFault(value: unknown): RevocationEntry | string {
  const entry = readEntry(value);
  return typeof entry !== 'string' && entry.standsIn === true ? 'it stands in for others in one process alone' : entry;
}
