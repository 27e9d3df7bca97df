import config, { PROJECTS } from './jest.config.mjs';

/** The suites that install packages: each installation uses more than one core. */
export default {
  ...config,
  testRegex: PROJECTS.map((pattern) => (pattern.endsWith('/') ? `${pattern}.*[.]spec[.]ts$` : pattern)),
  testMatch: undefined,
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
};
