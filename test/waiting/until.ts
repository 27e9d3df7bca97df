import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 5;
/** 40 seconds of pauses, counted because tests replace the clocks: longer than anything takes on a busy machine, but within a test's time limit. */
const MAX_CHECKS = 8000;

/**
 * Waits until a condition holds, for what sends no event.
 * @param seen Added to the error, to show how far it came.
 * @throws Error if the condition never holds.
 */
export async function until(holds: () => boolean | Promise<boolean>, seen: () => unknown = () => undefined): Promise<void> {
  for (let checks = 0; !(await holds()); checks++) {
    if (checks === MAX_CHECKS) throw new Error(`Never held: ${holds.toString()}${describe(seen())}`);
    await pause(PAUSE_MS);
  }
}

function describe(seen: unknown): string {
  return seen === undefined ? '' : `\nSeen: ${JSON.stringify(seen)}`;
}
