const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before a lost connection is made anew: after the first failure up to a second, after each further one up to twice as
 * long, up to half a minute. Somewhere in the upper half of that, so that instances which lost one server come back one by one.
 *
 * @param failures In a row; at least 1 counts as one.
 */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (Math.max(1, failures) - 1)) * (0.5 + Math.random() / 2);
}
