/** What a feed answered. */
export interface FeedAnswer {
  /**
   * Entries, oldest first, each a JSON text or its value, as {@link RevocationFeed.publish} took them. What is no entry is skipped, counted
   * and named.
   */
  readonly entries: readonly unknown[];
  /** What to ask with the next time. */
  readonly cursor: string;
  /** Whether there is more, to be asked for at once. */
  readonly hasMore: boolean;
  /**
   * Whether the answer begins at the beginning. True where the feed was asked without a cursor, and where it does not know the cursor any more:
   * it has lost what it had, and is told again what is known here.
   */
  readonly isFromStart: boolean;
  /**
   * Up to when the feed is known to be complete, in milliseconds since 1970, where its content proves it: when it was signed. Staleness is counted from
   * it, so that a feed which is frozen is noticed. Default: when it was asked.
   */
  readonly asOf?: number;
}

/** Tells the operator of something that went wrong, in one sentence. */
export type FeedNote = (problem: string) => void;

/**
 * Carries revocations between processes: Redis, HTTP, or a log of the application's own, such as a stream of NATS JetStream. Read beside the
 * requests, never while one waits. May deliver an entry more than once and in any order.
 */
export interface RevocationFeed {
  /** Names the feed in logs; without credentials. */
  readonly name: string;
  /**
   * What was published since a cursor. Anything else than an answer is a rejection.
   * @param since The cursor of the last answer; `undefined` asks for everything.
   * @param signal Ends with the deadline (5 s), or when the application stops.
   */
  read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer>;
  /**
   * Tells every other process, this one included: an entry that does not come back with a later answer is published again. Default: the feed is
   * only read, and what is revoked here stays here.
   * @param entries JSON texts of at most 4 KiB each.
   * @param note Tells whoever made them what the feed knows about them; the command line shows it.
   * @throws if the feed may not have all of them.
   */
  publish?(entries: readonly string[], signal: AbortSignal, note?: FeedNote): Promise<void>;
  /**
   * Calls back when the feed has something new; the poll goes on behind.
   * @returns What ends it.
   */
  listen?(heard: () => void, note: FeedNote): () => void;
}
