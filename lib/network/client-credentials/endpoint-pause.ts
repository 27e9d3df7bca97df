import { backOffMs } from '../remote/index.js';

/** Longest pause after failures if the endpoint sends no `Retry-After`, in milliseconds. */
const MAX_PAUSE_MS = 5000;

/** A request to an endpoint. Exactly one of the two methods is called when the request ends. */
export interface Attempt {
  /** Records that the endpoint responded, with any status. */
  responded(): void;
  /** Records that the endpoint is unreachable or asked to wait. */
  failed(retryAfterSeconds: number | undefined): void;
}

/** Pauses requests to an endpoint that failed. After the pause, a single request tries first. */
export class EndpointPause {
  private failures = 0;
  private retryAt = 0;
  private isProbed = false;

  /** @returns An attempt, or the rest of the pause in milliseconds if no request may be sent now. */
  begin(): Attempt | number {
    const round = this.failures;
    const left = this.retryAt - Date.now();
    if (round > 0 && left > 0) return left;
    if (this.isProbed) return 1000;
    this.isProbed = round > 0;
    return {
      responded: () => this.end(round, 0, 0),
      failed: (seconds) => {
        const pauseMs = seconds === undefined ? Math.min(MAX_PAUSE_MS, backOffMs(round + 1)) : seconds * 1000;
        this.end(round, round + 1, Date.now() + pauseMs);
      },
    };
  }

  /** Ignores attempts that began before the last failure: their result is outdated. */
  private end(round: number, failures: number, retryAt: number): void {
    if (round !== this.failures) return;
    this.isProbed = false;
    this.failures = failures;
    this.retryAt = retryAt;
  }
}
