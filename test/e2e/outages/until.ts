import { setTimeout as pause } from 'node:timers/promises';

/** As long as anything may take on a machine that is busy with other work, in milliseconds. */
const DEADLINE_MS = 40_000;

/** Waits until something is so. @throws if it never is. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const since = performance.now();
  while (!(await isSo())) {
    if (performance.now() - since > DEADLINE_MS) throw new Error(`not so within ${DEADLINE_MS} ms: ${String(isSo)}`);
    await pause(10);
  }
}
