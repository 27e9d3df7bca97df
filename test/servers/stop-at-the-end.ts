/** By a name, since what stops them is outside of the suite: `test/setup/environment.mjs`. */
const STARTED = Symbol.for('authz-test:started');

/** What a suite has started outside of itself. To be stopped twice does no harm. */
interface Started {
  stop(): unknown;
}

/**
 * Has something stopped when the suite is over, also where it fails at its start and its `afterAll` knows nothing of it. Called before the start:
 * that may fail half-way.
 */
export function stopAtTheEnd<T extends Started>(started: T): T {
  const suite = globalThis as Record<symbol, Started[] | undefined>;
  (suite[STARTED] ??= []).push(started);
  return started;
}
