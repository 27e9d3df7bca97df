/** Clock corrections up to this size are normal, in milliseconds. */
const CLOCK_SLEW_MS = 60_000;

/** The moment up to which this process has every rule of the feed. Kept on the monotonic clock. */
export class FeedAge {
  private confirmedAt = -Infinity;

  /** @param maxStalenessMs Age beyond which the rules are stale. */
  constructor(private readonly maxStalenessMs: number) {}

  /**
   * Records a response of the feed.
   * @param askedAt When the read began, on the monotonic clock.
   * @param asOf Moment up to which the response is complete, in milliseconds since 1970. Default: the moment of the request.
   */
  confirm(askedAt: number, asOf: number | undefined): void {
    this.confirmedAt = Math.max(this.confirmedAt, asOf === undefined ? askedAt : Math.min(askedAt, onThisClock(asOf)));
  }

  /** Restores the moment that an earlier process recorded, in milliseconds since 1970. */
  recall(moment: number): void {
    this.confirmedAt = onThisClock(moment);
  }

  /** Milliseconds since 1970; -Infinity if the feed has never responded. */
  get asOf(): number {
    return Date.now() - this.ageMs;
  }

  get ageMs(): number {
    return performance.now() - this.confirmedAt;
  }

  get isStale(): boolean {
    return this.ageMs > this.maxStalenessMs;
  }
}

/** A moment in the future shows that a clock was wrong and proves no age, so it counts as never. */
function onThisClock(moment: number): number {
  const ageMs = Date.now() - moment;
  return ageMs >= -CLOCK_SLEW_MS ? performance.now() - Math.max(0, ageMs) : -Infinity;
}
