/** What a command found, for a reader and for a program. */
export interface Answer {
  /** For standard output, without `--json`. */
  readonly text: string;
  /** For standard output, with `--json`. */
  readonly json: unknown;
  /** For standard error, without `--json`: what is said beside the text. */
  readonly notes?: string | undefined;
  /** `false` if the command found what it looks for, such as faults: the exit code is then 1. Default: true. */
  readonly isFine?: boolean;
  /** `false` if the command could not decide what was asked: the exit code is then 2. Default: true. */
  readonly isDecided?: boolean;
}

/** Makes an action of a command out of work that yields an answer. */
export type Answers = <Args extends unknown[]>(work: (...args: Args) => Promise<Answer>) => (...args: Args) => Promise<void>;
