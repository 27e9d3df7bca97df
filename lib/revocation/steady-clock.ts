/** Clocks are corrected by this much at any time, in milliseconds. */
const SLEW_MS = 60_000;
/** A clock that was set forward is believed once it has been so for this time, in milliseconds (10 minutes). */
const BELIEVED_AFTER_MS = 600_000;

/**
 * The time of day, not believed at once where it jumps forward: a clock that is wrong for a minute would have every rule forgotten as ended,
 * and no feed tells them again.
 */
export class SteadyClock {
  /** The time of day less that of the process. */
  private offset: number;
  private aheadSince: number | undefined;

  /** @param now The time of day, in milliseconds since 1970. @param elapsed A clock of the process that nobody sets, in milliseconds. */
  constructor(
    private readonly now: () => number = () => Date.now(),
    private readonly elapsed: () => number = () => performance.now(),
  ) {
    this.offset = now() - elapsed();
  }

  /** In seconds since 1970. */
  seconds(): number {
    const elapsed = this.elapsed();
    const now = this.now();
    if (now <= elapsed + this.offset + SLEW_MS) {
      this.aheadSince = undefined;
      this.offset = now - elapsed;
      return now / 1000;
    }
    this.aheadSince ??= elapsed;
    if (elapsed - this.aheadSince < BELIEVED_AFTER_MS) return (elapsed + this.offset) / 1000;
    this.offset = now - elapsed;
    return now / 1000;
  }
}
