import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const swc = JSON.parse(readFileSync(new URL('setup/swc.json', import.meta.url), 'utf8'));

/** Suites that work in projects of their own: starters, guides, the documentation site. `npm run test:projects` runs them, `npm test` does not. */
export const PROJECTS = [
  '**/test/package/starters/*.spec.ts',
  '**/test/package/{compilers,pack,tracing}.spec.ts',
  '**/test/documents/guides/*.e2e-spec.ts',
  '**/test/documents/site.spec.ts',
];

export default {
  rootDir: '..',
  testEnvironment: '<rootDir>/test/setup/environment.mjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts', ...PROJECTS.map((suites) => `!${suites}`)],
  testSequencer: '<rootDir>/test/setup/longest-first.cjs',
  setupFiles: ['<rootDir>/test/setup/esm.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', swc],
    '\\.m?js$': '<rootDir>/test/setup/require-esm-transform.cjs',
  },
  transformIgnorePatterns: [],
  // Tests wait for events, not for times: only what hangs takes so long, on however busy a machine.
  testTimeout: 60_000,
  // More than a small machine has cores: the longest suites wait most of their time. What a suite loaded as ES modules is never given back, so
  // workers are replaced.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  workerIdleMemoryLimit: '800MB',
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'text', 'html'],
  coverageThreshold: {
    global: { lines: 95, branches: 95, functions: 95, statements: 95 },
    './lib/jws/': { lines: 100, branches: 100, functions: 100, statements: 100 },
  },
};
