import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { isRecord } from '../core/index.js';
import { readEntry, type RevocationEntry } from '../revocation/index.js';

/** Most entries taken in one request. */
const MAX_ENTRIES = 1000;
/** How far in the future a cut-off may lie, in seconds: one that does would lock everybody out until then. */
const MAX_AHEAD_SECONDS = 600;

/**
 * The entries in the body of a request, all of them or none.
 * @throws BadRequestException naming the first that is none; PayloadTooLargeException if there are more than 1000.
 */
export function postedEntries(body: unknown): readonly RevocationEntry[] {
  const given: unknown = isRecord(body) ? body['revocations'] : undefined;
  if (!Array.isArray(given)) throw new BadRequestException('The body must be JSON with a list "revocations"');
  if (given.length > MAX_ENTRIES)
    throw new PayloadTooLargeException(`"revocations" has ${given.length} entries, more than the ${MAX_ENTRIES} taken at once`);
  return given.map(entryAt);
}

function entryAt(value: unknown, index: number): RevocationEntry {
  const entry = readEntry(value);
  if (typeof entry === 'string') throw new BadRequestException(`"revocations[${index}]" is no entry: ${entry}`);
  if ((entry.issuedUntil ?? 0) > Date.now() / 1000 + MAX_AHEAD_SECONDS)
    throw new BadRequestException(`"revocations[${index}]" withdraws tokens of a time to come: no clock is so far ahead`);
  if (entry.standsIn === true) throw new BadRequestException(`"revocations[${index}]" stands in for others in one process alone`);
  return entry;
}
