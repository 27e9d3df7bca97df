import { messageOf, printable } from '../../core/index.js';
import { inTime } from '../../network/remote/index.js';
import { serializeEntry, readEntry, RevocationList, type RevocationEntry, type RevocationFeed } from '../../revocation/index.js';
import { CliError } from '../cli.error.js';

/** Longest time that a feed may take to answer, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Nothing is counted out here: what a feed has, it has. */
const LIMITS = { maxEntries: Infinity, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 0 };

/** What a feed has. */
export interface FeedRules {
  readonly rules: RevocationList;
  /** How much of it is no rule. */
  readonly skipped: number;
  /** Up to when it is known to be complete, in milliseconds since 1970; `undefined`: as of now. */
  readonly asOf: number | undefined;
}

/** A feed of which nothing is known. */
function noRules(): RevocationList {
  return new RevocationList(LIMITS);
}

/** Reads all that a feed has. @throws Error if it does not answer, or answers something else. */
export async function readRules(feed: RevocationFeed): Promise<FeedRules> {
  const rules = noRules();
  const nowSeconds = Date.now() / 1000;
  let skipped = 0;
  let since: string | undefined;
  let asOf: number | undefined;
  for (let hasMore = true; hasMore;) {
    const answer = await request((signal) => feed.read(since, signal));
    for (const value of answer.entries) {
      const entry = readEntry(value);
      if (typeof entry === 'string') skipped++;
      else rules.apply(entry, nowSeconds);
    }
    since = answer.cursor;
    ({ hasMore, asOf } = answer);
  }
  return { rules, skipped, asOf };
}

/**
 * What a feed has, as far as it lets itself be read: whoever may only publish can do so.
 * @returns The rules, and why there are none where it could not be read.
 */
export async function rulesIfReadable(feed: RevocationFeed): Promise<{ readonly rules: RevocationList; readonly note?: string }> {
  try {
    return { rules: (await readRules(feed)).rules };
  } catch (error) {
    const note = `Could not read the existing rules of ${printable(feed.name)}, so only the clock of this machine was used: ${readFault(error)}.`;
    return { rules: noRules(), note };
  }
}

/** Why a feed could not be read, in the words of the command line. */
export function readFault(error: unknown): string {
  const message = messageOf(error);
  return message.startsWith('it is signed, but') ? 'it is signed, and --keys does not say by whom' : message;
}

/** Why an entry could not be published, with the options of the command line in place of those of an application. */
function publishFault(error: unknown): string {
  return messageOf(error).replace('"headers"', '--header').replace(', or write readOnly: true to read it only', '');
}

/** Publishes one entry. @returns What the feed says of it. @throws CliError if the feed may not have it. */
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
