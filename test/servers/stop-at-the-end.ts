/** `Symbol.for()`, since `test/setup/environment.mjs`, which stops them, is outside the suite's module registry. */
const STARTED = Symbol.for('authz-test:started');

/** Something that a suite started outside its process. `stop` may be called twice. */
interface Started {
  stop(): unknown;
}

/**
 * Stops something at the end of the suite, even if its start fails and the suite's `afterAll` does not stop it. Call this before the start,
 * which may fail halfway.
 */
export function stopAtTheEnd<T extends Started>(started: T): T {
  const suite = globalThis as Record<symbol, Started[] | undefined>;
  (suite[STARTED] ??= []).push(started);
  return started;
}
