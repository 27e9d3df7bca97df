/** Times before the expiry at which it is reported, in milliseconds: a week, a day, an hour, and the expiry itself. */
const LEADS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 0];
/** Longest delay of a timer, in milliseconds (2^31 - 1). */
const MAX_TIMER_MS = 2_147_483_647;

/** Reports ahead of time that something expires. */
export class ExpiryWatch {
  private end: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param notify Called at most four times for one expiry, with the moment in milliseconds since 1970. */
  constructor(private readonly notify: (end: number) => void) {}

  /**
   * Watches this expiry instead of the previous one. The same expiry is not reported again.
   * @param end In milliseconds since 1970; `undefined` if there is none.
   * @param issuedAt When the document was published. A publisher signs anew at half of the time, so only the last quarter is reported.
   */
  watch(end: number | undefined, issuedAt?: string): void {
    if (end === this.end) return;
    this.stop();
    this.end = end;
    if (end === undefined) return;
    const longest = issuedAt === undefined ? Infinity : Math.max(0, (end - Date.parse(issuedAt)) / 4);
    const leads = [...new Set(LEADS_MS.map((lead) => Math.min(lead, longest)))];
    const left = end - Date.now();
    if (leads.some((lead) => left <= lead)) this.notify(end);
    this.wait(
      end,
      leads.filter((lead) => lead < left),
    );
  }

  stop(): void {
    clearTimeout(this.timer);
    this.end = undefined;
  }

  private wait(end: number, leads: readonly number[]): void {
    const [lead, ...later] = leads;
    if (lead === undefined) return;
    const left = end - lead - Date.now();
    const next = () => {
      if (left <= MAX_TIMER_MS) this.notify(end);
      this.wait(end, left <= MAX_TIMER_MS ? later : leads);
    };
    this.timer = setTimeout(next, Math.max(0, Math.min(left, MAX_TIMER_MS))).unref();
  }
}
