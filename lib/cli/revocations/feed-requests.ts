import { messageOf, printable } from '../../core/index.js';
import { inTime } from '../../network/remote/index.js';
import { serializeEntry, readEntry, RevocationList, type RevocationEntry, type RevocationFeed } from '../../revocation/index.js';
import { CliError } from '../cli.error.js';

/** Time limit for a request to a feed, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** No limits: all rules of the feed are shown. */
const LIMITS = { maxEntries: Infinity, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 0 };

/** The rules of a feed. */
export interface FeedRules {
  readonly rules: RevocationList;
  /** Number of entries that are not valid rules. */
  readonly skipped: number;
  /** When the list was signed, in milliseconds since 1970; `undefined`: the list is current. */
  readonly asOf: number | undefined;
}

function noRules(): RevocationList {
  return new RevocationList(LIMITS);
}

/** Reads all rules of a feed. @throws Error if the feed is unreachable or its response is invalid. */
export async function readRules(feed: RevocationFeed): Promise<FeedRules> {
  const rules = noRules();
  const nowSeconds = Date.now() / 1000;
  let skipped = 0;
  let since: string | undefined;
  let asOf: number | undefined;
  for (let hasMore = true; hasMore;) {
    const response = await request((signal) => feed.read(since, signal));
    for (const value of response.entries) {
      const entry = readEntry(value);
      if (typeof entry === 'string') skipped++;
      else rules.apply(entry, nowSeconds);
    }
    since = response.cursor;
    ({ hasMore, asOf } = response);
  }
  return { rules, skipped, asOf };
}

/**
 * Reads the rules of a feed if it permits that: some callers may only publish.
 * @returns The rules, and a note if they could not be read.
 */
export async function rulesIfReadable(feed: RevocationFeed): Promise<{ readonly rules: RevocationList; readonly note?: string }> {
  try {
    return { rules: (await readRules(feed)).rules };
  } catch (error) {
    const note = `Could not read the existing rules of ${printable(feed.name)}, so only the clock of this machine was used: ${readFault(error)}.`;
    return { rules: noRules(), note };
  }
}

/** Returns the reason why a feed could not be read. Names the option of the command line. */
export function readFault(error: unknown): string {
  const message = messageOf(error);
  return message.startsWith('it is signed, but') ? 'it is signed: pass the public keys with --keys' : message;
}

/** Returns the reason why an entry could not be published. Names options of the command line instead of those of an application. */
function publishFault(error: unknown): string {
  return messageOf(error)
    .replace('"headers"', '--header')
    .replace('set another "key"', 'pass another --redis-key')
    .replace(', or write readOnly: true to read it only', '');
}

/** Publishes one entry. @returns Notes of the feed. @throws CliError if the entry may not have been stored. */
export async function publishEntry(feed: RevocationFeed, entry: RevocationEntry): Promise<readonly string[]> {
  const notes: string[] = [];
  const note = (problem: string) => notes.push(problem);
  await request(async (signal) => feed.publish?.([serializeEntry(entry)], signal, note)).catch((error: unknown) => {
    throw new CliError(`The rule may not have been stored in ${printable(feed.name)}: ${publishFault(error)}.`);
  });
  return notes;
}

function request<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return inTime(work, TIMEOUT_MS, new AbortController().signal);
}
