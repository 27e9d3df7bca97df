import { TestEnvironment } from 'jest-environment-node';

/** What suites have started: see `test/servers/stop-at-the-end.ts`. */
const STARTED = Symbol.for('authz-test:started');

/** Stops what a suite leaves behind, however it ended. What the suite has stopped itself is not there any more. */
export default class SuiteEnvironment extends TestEnvironment {
  async teardown() {
    for (const started of (this.global[STARTED] ?? []).reverse()) await started.stop();
    await super.teardown();
  }
}
