/** Reports a failure, with the number of failures that were left out before. */
export type FailureReport = (error: unknown, leftOut: number) => void;

/** Shortest time between two reports, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * Passes on one failure a minute: failures that any request can cause must not fill the log.
 * @param now Monotonic clock, in milliseconds.
 */
export function throttledReport(report: FailureReport, now: () => number): (error: unknown) => void {
  let reportedAt = -Infinity;
  let leftOut = 0;
  return (error) => {
    if (now() - reportedAt < PAUSE_MS) {
      leftOut++;
      return;
    }
    report(error, leftOut);
    reportedAt = now();
    leftOut = 0;
  };
}
