/** Least time between two lines of one kind, in milliseconds (ten minutes). */
const PAUSE_MS = 600_000;
/** Most kinds told apart in that time. */
const MAX_KINDS = 500;
/** What goes beyond them. No kind of a caller's is empty. */
const BEYOND = '';

/** Writes a warning of each kind once in ten minutes, with how often it came meanwhile: what any request can cause must not fill the log. */
export class RepeatedWarnings {
  /** In the order in which a line of each was last written. */
  private readonly kinds = new Map<string, { readonly loggedAt: number; leftOut: number }>();

  /** @param now Milliseconds of a clock that only goes forward. */
  constructor(
    private readonly log: (line: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Never throws.
   * @param line Made only if it is written.
   * @param kind What counts as the same. Default: the line.
   * @param isNews Writes the line although one of its kind was written just now: it says more. The caller bounds how often. Default: false.
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
      // A logger of the application's own failed: no request is to fail for what is only written down.
    }
  }

  private isFull(): boolean {
    if (this.kinds.size < MAX_KINDS) return false;
    for (const [kind, known] of this.kinds) {
      if (this.isFresh(known)) break; // so are all behind it: with a flood of new kinds each line would cost a look at each of them
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
