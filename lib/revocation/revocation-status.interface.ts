/** State of the rules, for a health check or a dashboard. */
export interface RevocationStatus {
  /** The feed's name; `undefined` without a feed. */
  readonly feed: string | undefined;
  /** Whether the rules are loaded. Until then requests with a token get 503. Belongs in a readiness check. */
  readonly ready: boolean;
  /** Whether the feed was reached recently. A restart does not help, so leave it out of a liveness check. */
  readonly fresh: boolean;
  /** Time since the last contact with the feed, in milliseconds; `undefined` if there was none, or there is no feed. */
  readonly ageMs: number | undefined;
  /** Entries held, as `maxEntries` limits them: the rules in force, and the removed rules until they expire. */
  readonly rules: number;
  /** Number of rules about one token each. */
  readonly tokenIds: number;
  /** Rules made here that the feed has not confirmed. */
  readonly unspread: number;
  /** Tokens refused because of a rule or of stale rules, since the start of the process. */
  readonly refused: number;
  /** Invalid entries from the feed or the disk, since the start of the process. */
  readonly skipped: number;
  /** Rules replaced by wider ones, since the start of the process. Raise an alarm if it is not 0. */
  readonly coarsened: number;
  /** Why the last read or publication failed; `undefined` once one succeeds. */
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}
