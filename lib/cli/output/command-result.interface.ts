/** The result of a command, as text and as JSON. */
export interface CommandResult {
  /** For standard output, without `--json`. */
  readonly text: string;
  /** For standard output, with `--json`. */
  readonly json: unknown;
  /** Notes for standard error, without `--json`. */
  readonly notes?: string | undefined;
  /** `false` if the command found something, such as faults: the exit code is then 1. Default: true. */
  readonly isFine?: boolean;
  /** `false` if the command could not decide: the exit code is then 2. Default: true. */
  readonly isDecided?: boolean;
}

/** Makes the action of a command from a function that returns a result. */
export type PrintResult = <Args extends unknown[]>(
  work: (...args: Args) => Promise<CommandResult>,
) => (...args: Args) => Promise<void>;
