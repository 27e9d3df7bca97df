const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Returns the pause before the next attempt to connect, in milliseconds: up to 1 s after the first failure, doubled after each further one, at most
 * 30 s. The pause is random in the upper half of that range, so that instances which lost the same server do not reconnect at the same time.
 *
 * @param failures Number of failures in a row. Less than 1 counts as 1.
 */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (Math.max(1, failures) - 1)) * (0.5 + Math.random() / 2);
}
