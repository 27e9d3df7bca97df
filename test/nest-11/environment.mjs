import { relative, sep } from 'node:path';
import SuiteEnvironment from '../setup/environment.mjs';
import { DIFFERENT } from './suites.mjs';

/** Skips the tests that cannot pass on Nest 11, and fails once the reason no longer applies. */
export default class Nest11Environment extends SuiteEnvironment {
  constructor(config, context) {
    super(config, context);
    this.suite = relative(config.projectConfig.rootDir, context.testPath).split(sep).join('/');
  }

  async handleTestEvent({ name }, { rootDescribeBlock }) {
    if (name !== 'run_start') return;
    const tests = testsIn(rootDescribeBlock);
    for (const { test, holds } of DIFFERENT.filter(({ suite }) => suite === this.suite)) {
      const found = tests.filter((each) => each.name === test);
      if (found.length === 0) throw new Error(`No test has the name "${test}": correct the name in test/nest-11/suites.mjs.`);
      if (!(await holds()))
        throw new Error(`"${test}" can pass on this version of Nest: remove it from test/nest-11/suites.mjs.`);
      for (const each of found) each.mode = 'skip';
    }
  }
}

function testsIn({ children }) {
  return children.flatMap((child) => (child.type === 'describeBlock' ? testsIn(child) : [child]));
}
