/** Pause after the first failure, in milliseconds. It doubles after each further failure, up to the poll interval. */
const FIRST_RETRY_MS = 1000;
/** Announcements within this time, in milliseconds, cause one reload: a publisher may write in several steps. */
const SETTLE_MS = 50;
/** Each interval is up to this part shorter or longer, so that instances started together do not poll at the same time. */
const JITTER = 0.1;

/**
 * Reloads now and at intervals, earlier after a failure, and immediately after an announced change.
 * @param reload Returns whether the content held is then up to date.
 * @param listen Subscribes to announcements and returns an unsubscribe function.
 * @param settleMs Announcements within this time, in milliseconds, cause one reload.
 * @returns A function that stops polling and unsubscribes.
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

  /** Schedules a reload for an announced change. */
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
    // A change announced during the reload may be newer than the response.
    this.schedule(this.isAnnounced ? this.settleMs() : withJitter(this.pauseMs()));
  }

  /** Returns the pause after an announcement. It grows with failures, so that announcements of unfetchable content cause no endless requests. */
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
