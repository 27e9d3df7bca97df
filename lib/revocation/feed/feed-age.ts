/** Clocks are corrected by this much without being wrong, in milliseconds. */
const CLOCK_SLEW_MS = 60_000;

/** Up to when everything that the feed has is known here. Kept on the clock of this process, which nobody sets. */
export class FeedAge {
  private heardAt = -Infinity;

  /** @param maxStalenessMs Beyond this age the rules are stale. */
  constructor(private readonly maxStalenessMs: number) {}

  /**
   * The feed has answered.
   * @param askedAt On the clock of this process.
   * @param asOf Up to when the answer is known to be complete, in milliseconds since 1970; `undefined`: as of the question.
   */
  heard(askedAt: number, asOf: number | undefined): void {
    this.heardAt = Math.max(this.heardAt, asOf === undefined ? askedAt : Math.min(askedAt, onThisClock(asOf)));
  }

  /** An earlier process heard the feed last at a moment, in milliseconds since 1970. */
  recall(moment: number): void {
    this.heardAt = onThisClock(moment);
  }

  /** In milliseconds since 1970; -Infinity: never. */
  get asOf(): number {
    return Date.now() - this.ageMs;
  }

  get ageMs(): number {
    return performance.now() - this.heardAt;
  }

  get isStale(): boolean {
    return this.ageMs > this.maxStalenessMs;
  }
}

/** A moment to come says that a clock was wrong, not how long ago something was: then it was never. */
function onThisClock(moment: number): number {
  const ageMs = Date.now() - moment;
  return ageMs >= -CLOCK_SLEW_MS ? performance.now() - Math.max(0, ageMs) : -Infinity;
}
