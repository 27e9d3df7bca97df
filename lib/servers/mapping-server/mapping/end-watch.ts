/** How long before the end it is told, in milliseconds: a week, a day, an hour, and at the end itself. */
const LEADS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 0];
/** Longest time that a timer can wait (2^31 - 1 milliseconds). */
const MAX_TIMER_MS = 2_147_483_647;

/** Tells in time that something ends. */
export class EndWatch {
  private end: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param tell Called at most four times for one end. */
  constructor(private readonly tell: (end: number) => void) {}

  /**
   * Watches this end in place of the one before. The same end is not told again.
   * @param end In milliseconds since 1970; `undefined` where there is none.
   * @param issuedAt When it was published, if it was. A publisher signs anew at half of the time: only the last quarter is told.
   */
  watch(end: number | undefined, issuedAt?: string): void {
    if (end === this.end) return;
    this.stop();
    this.end = end;
    if (end === undefined) return;
    const longest = issuedAt === undefined ? Infinity : Math.max(0, (end - Date.parse(issuedAt)) / 4);
    const leads = [...new Set(LEADS_MS.map((lead) => Math.min(lead, longest)))];
    const left = end - Date.now();
    if (leads.some((lead) => left <= lead)) this.tell(end);
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
      if (left <= MAX_TIMER_MS) this.tell(end);
      this.wait(end, left <= MAX_TIMER_MS ? later : leads);
    };
    this.timer = setTimeout(next, Math.max(0, Math.min(left, MAX_TIMER_MS))).unref();
  }
}
