/** Shortest time between two lines of one kind, in milliseconds (ten minutes). */
const PAUSE_MS = 600_000;
/** Most kinds distinguished in that time. */
const MAX_KINDS = 500;
/** The kind of all further warnings. No other kind is empty. */
const BEYOND = '';

/** Logs each kind of warning once in ten minutes, with the number of repetitions since: requests must not be able to fill the log. */
export class RepeatedWarnings {
  /** Ordered by the time of the last line. */
  private readonly kinds = new Map<string, { readonly loggedAt: number; leftOut: number }>();

  /** @param now A monotonic clock, in milliseconds. */
  constructor(
    private readonly log: (line: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Logs a warning, unless one of its kind was logged in the last ten minutes. Never throws.
   * @param line The line, or a function that is called only if the line is logged.
   * @param kind Warnings of one kind count as repetitions. Default: the line.
   * @param isNews Logs the line at once, because it contains more than the last one. The caller must limit how often. Default: false.
   */
  warn(line: string | (() => string), kind = lineOf(line), isNews = false): void {
    const known = this.kinds.get(kind);
    if (known === undefined && kind !== BEYOND && this.isFull()) {
      this.warn(() => `There are more than ${MAX_KINDS} different warnings such as the following. ${lineOf(line)}`, BEYOND);
      return;
    }
    if (known !== undefined && !isNews && this.isFresh(known)) {
      known.leftOut++;
      return;
    }
    this.write(line, kind);
  }

  private write(line: string | (() => string), kind: string): void {
    const leftOut = this.kinds.get(kind)?.leftOut ?? 0;
    this.kinds.delete(kind);
    this.kinds.set(kind, { loggedAt: this.now(), leftOut: 0 });
    try {
      this.log(lineOf(line) + (leftOut === 0 ? '' : ` (and ${leftOut} times before this)`));
    } catch {
      // The application's own logger failed: that must not fail the request.
    }
  }

  private isFull(): boolean {
    if (this.kinds.size < MAX_KINDS) return false;
    for (const [kind, known] of this.kinds) {
      if (this.isFresh(known)) break; // so are all behind it; without the break, a flood of new kinds would check all kinds for every line
      this.kinds.delete(kind);
    }
    return this.kinds.size >= MAX_KINDS;
  }

  private isFresh({ loggedAt }: { readonly loggedAt: number }): boolean {
    return this.now() - loggedAt < PAUSE_MS;
  }
}

function lineOf(line: string | (() => string)): string {
  return typeof line === 'string' ? line : line();
}
