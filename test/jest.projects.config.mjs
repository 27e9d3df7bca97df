import config from './jest.config.mjs';

/** The suites that install packages or build the documentation site: each uses more than one core. */
export default {
  ...config,
  testMatch: [
    '**/test/package/starters/*.spec.ts',
    '**/test/package/{compilers,pack,tracing}.spec.ts',
    '**/test/documents/site.spec.ts',
    '**/test/documents/guides/from-nest-keycloak-connect.e2e-spec.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
};
