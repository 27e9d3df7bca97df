import { backOffMs } from '../remote/index.js';

/** Longest pause after failures where the endpoint does not say how long, in milliseconds. */
const MAX_PAUSE_MS = 5000;

/** A request to an endpoint. One of the two is called once it has ended. */
export interface Attempt {
  /** It is there, whatever it said. */
  answered(): void;
  /** It is not, or asked to wait: so long, in seconds. */
  failed(retryAfterSeconds: number | undefined): void;
}

/** When an endpoint that failed is asked again: after a pause, and by one request first. */
export class EndpointPause {
  private failures = 0;
  private retryAt = 0;
  private isProbed = false;

  /** @returns How long not to ask, in milliseconds, where it is not to be asked now. */
  begin(): Attempt | number {
    const round = this.failures;
    const left = this.retryAt - Date.now();
    if (round > 0 && left > 0) return left;
    if (this.isProbed) return 1000;
    this.isProbed = round > 0;
    return {
      answered: () => this.end(round, 0, 0),
      failed: (seconds) => {
        const pauseMs = seconds === undefined ? Math.min(MAX_PAUSE_MS, backOffMs(round + 1)) : seconds * 1000;
        this.end(round, round + 1, Date.now() + pauseMs);
      },
    };
  }

  /** What was begun before the last failure was known changes nothing: it is of another time. */
  private end(round: number, failures: number, retryAt: number): void {
    if (round !== this.failures) return;
    this.isProbed = false;
    this.failures = failures;
    this.retryAt = retryAt;
  }
}
