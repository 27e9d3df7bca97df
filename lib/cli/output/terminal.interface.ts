/** The process that the commands run in, as far as they use it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input, for the path `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Whether standard error is a terminal: only then is progress shown. */
  readonly isWatched: boolean;
  /** Writes to standard output: results. */
  out(text: string): void;
  /** Writes to standard error: notes and progress. */
  err(text: string): void;
}
