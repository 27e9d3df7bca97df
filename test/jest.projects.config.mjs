import all, { PROJECTS } from './jest.config.mjs';

/** The suites that work in projects of their own: an installation, or the program of a guide, uses more than one core. */
const config = { ...all, testRegex: PROJECTS, testPathIgnorePatterns: ['/node_modules/'], maxWorkers: 2 };
delete config.testMatch; // Jest accepts only one of the two

export default config;
