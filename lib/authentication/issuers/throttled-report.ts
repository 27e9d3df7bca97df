/** Told of a failure, and of how many before it were left out. */
export type FailureReport = (error: unknown, leftOut: number) => void;

/** Least time between two reports, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * Hands on one failure a minute: what any request can cause must not fill the log.
 * @param now Milliseconds of a clock that only goes forward.
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
