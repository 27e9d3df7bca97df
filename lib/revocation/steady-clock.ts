/** Clock corrections up to this size are normal, in milliseconds. */
const SLEW_MS = 60_000;
/** A forward jump of the clock is accepted once it has lasted this long, in milliseconds (10 minutes). */
const BELIEVED_AFTER_MS = 600_000;

/**
 * The time of day, without sudden jumps forward. A clock that is wrong for a minute would otherwise expire every rule, and no feed delivers them
 * again.
 */
export class SteadyClock {
  /** The time of day minus the monotonic clock. */
  private offset: number;
  private aheadSince: number | undefined;

  /** @param now The time of day, in milliseconds since 1970. @param elapsed The monotonic clock, in milliseconds. */
  constructor(
    private readonly now: () => number = () => Date.now(),
    private readonly elapsed: () => number = () => performance.now(),
  ) {
    this.offset = now() - elapsed();
  }

  /** Returns the time in seconds since 1970. */
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
