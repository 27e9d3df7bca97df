/** What the commands see of the process that they run in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input, for the path `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Whether standard error is a terminal, so that somebody can see what long work is at. */
  readonly isWatched: boolean;
  /** Writes to standard output: what was asked for. */
  out(text: string): void;
  /** Writes to standard error: what is said beside it. */
  err(text: string): void;
}
