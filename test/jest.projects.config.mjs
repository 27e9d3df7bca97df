import config from './jest.config.mjs';

/** The suites that install packages: each installation uses more than one core. */
export default {
  ...config,
  testMatch: ['**/test/package/starters/*.spec.ts', '**/test/package/{compilers,pack,tracing}.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
};
