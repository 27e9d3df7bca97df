/** What `read()` of a feed returns. */
export interface FeedAnswer {
  /**
   * Entries, oldest first, as {@link RevocationFeed.publish} got them: JSON strings, or their parsed values. An invalid one is skipped, counted
   * in `skipped` and logged.
   */
  readonly entries: readonly unknown[];
  /** Passed to the next `read()`. */
  readonly cursor: string;
  /** Whether there is more. If so, `read()` is called again at once. */
  readonly hasMore: boolean;
  /**
   * Whether the entries begin at the start of the feed. `true` if it was read without a cursor, or no longer knows the cursor: then it has lost
   * data, and gets the entries that this process has.
   */
  readonly isFromStart: boolean;
  /**
   * Moment up to which the feed is provably complete, in milliseconds since 1970, such as the time of its signature. Staleness is measured from it,
   * so that a frozen feed is noticed. Default: when `read()` was called.
   */
  readonly asOf?: number;
}

/** Reports a problem to the operator, in one sentence. */
export type FeedNote = (problem: string) => void;

/**
 * Carries revocations between processes: Redis, HTTP, or a log of the application's own, such as a stream of NATS JetStream. It is read in the
 * background, never while a request waits. It may deliver an entry more than once and in any order.
 */
export interface RevocationFeed {
  /** Names the feed in logs. Must not contain credentials. */
  readonly name: string;
  /**
   * Returns what was published since a cursor. Rejects if it cannot.
   * @param since Cursor of the last result; `undefined` asks for everything.
   * @param signal Aborted after 5 seconds, or when the application stops.
   */
  read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer>;
  /**
   * Sends entries to every process, this one included. An entry that does not come back with a later read is published again. Default: the feed is
   * read-only, and rules made in this process apply in this process only.
   * @param entries JSON strings of at most 4 KiB each.
   * @param note Reports a problem that the feed found with the entries. The command line shows it to the user.
   * @throws if the feed may not have stored all of them.
   */
  publish?(entries: readonly string[], signal: AbortSignal, note?: FeedNote): Promise<void>;
  /**
   * Subscribes to new entries of the feed: a call of `onNews` makes the library read at once. Polling continues.
   * @returns A function that unsubscribes.
   */
  listen?(onNews: () => void, note: FeedNote): () => void;
}
