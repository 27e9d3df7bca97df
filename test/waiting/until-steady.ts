import { until } from './until.js';

/** Checks without a change after which a counter counts as steady. */
const STEADY_CHECKS = 40;

/**
 * Waits until a counter has changed no more for 40 checks, for work that reports no end: whether a reader has another read to do is known to the reader only.
 */
export async function untilSteady(count: () => number | Promise<number>): Promise<void> {
  let last = NaN;
  let checks = 0;
  await until(async () => {
    const now = await count();
    checks = now === last ? checks + 1 : 0;
    last = now;
    return checks >= STEADY_CHECKS;
  });
}
