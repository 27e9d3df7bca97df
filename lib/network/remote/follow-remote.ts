/** After a failure the remote end is asked again after this time, then after twice as long each time, up to the poll interval. */
const FIRST_RETRY_MS = 1000;
/** Many announcements come at once where a publisher writes in several steps. */
const SETTLE_MS = 50;
/** So that instances started together do not ask together: each time is up to this part shorter or longer. */
const JITTER = 0.1;

/**
 * Asks for a reload now and at intervals, sooner after a failure, and at once when something new is announced.
 * @param reload Whether what is held is up to date then.
 * @param settleMs Announcements within this time are answered by one request.
 * @returns What ends it.
 */
export function followRemote(
  reload: () => Promise<boolean>,
  intervalMs: number,
  listen?: (changed: () => void) => () => void,
  settleMs = SETTLE_MS,
): () => void {
  const poll = new Poll(reload, intervalMs, settleMs);
  const endListening = listen?.(() => poll.hasten());
  return () => {
    poll.stop();
    endListening?.();
  };
}

class Poll {
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private isStopped = false;
  private isRunning = false;
  private isAnnounced = false;

  constructor(
    private readonly reload: () => Promise<boolean>,
    private readonly intervalMs: number,
    private readonly announcedMs: number,
  ) {
    this.schedule(0);
  }

  /** Something new was announced. */
  hasten(): void {
    if (this.isAnnounced) return;
    this.isAnnounced = true;
    if (!this.isRunning) this.schedule(this.settleMs());
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void this.run(), delayMs).unref();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    this.isAnnounced = false;
    this.failures = (await this.reload()) ? 0 : this.failures + 1;
    this.isRunning = false;
    this.scheduleNext();
  }

  private scheduleNext(): void {
    // What was announced while it was asked may have come after the answer was made.
    this.schedule(this.isAnnounced ? this.settleMs() : withJitter(this.pauseMs()));
  }

  /** Whoever announces what cannot be fetched does not have it asked for without end. */
  private settleMs(): number {
    return this.failures === 0 ? this.announcedMs : Math.min(FIRST_RETRY_MS, this.pauseMs());
  }

  private pauseMs(): number {
    return this.failures === 0 ? this.intervalMs : Math.min(this.intervalMs, FIRST_RETRY_MS * 2 ** (this.failures - 1));
  }
}

function withJitter(milliseconds: number): number {
  return milliseconds * (1 - JITTER + 2 * JITTER * Math.random());
}
