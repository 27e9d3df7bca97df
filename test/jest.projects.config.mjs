import config, { PROJECTS } from './jest.config.mjs';

/** The suites that work in projects of their own: an installation, or the program of a guide, uses more than one core. */
export default { ...config, testMatch: PROJECTS, maxWorkers: 2 };
