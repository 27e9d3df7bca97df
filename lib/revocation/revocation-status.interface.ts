/** What can be said of the rules in force, for a health check or a dashboard. */
export interface RevocationStatus {
  /** The feed's name; `undefined` where rules stay in this process. */
  readonly feed: string | undefined;
  /** Whether the rules are there. Until they are, tokens are answered 503. Belongs in a readiness check. */
  readonly ready: boolean;
  /** Whether the feed was heard lately. Nothing that a restart mends: leave it out of a liveness check. */
  readonly fresh: boolean;
  /** Time since the feed was last heard, in milliseconds; `undefined` where it never was, or where there is none. */
  readonly ageMs: number | undefined;
  /** Rules held. */
  readonly rules: number;
  /** How many of them are about one token each. */
  readonly tokenIds: number;
  /** Rules made here that the feed is not known to have. */
  readonly unspread: number;
  /** Tokens refused for a rule, since the start of the process. */
  readonly refused: number;
  /** What came from the feed or the disk and was no rule, since the start of the process. */
  readonly skipped: number;
  /** Rules that gave way to wider ones, since the start of the process. More than none is an alarm. */
  readonly coarsened: number;
  /** Why the feed was last not heard; `undefined` once it is heard again. */
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}
