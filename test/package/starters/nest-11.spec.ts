import { jest } from '@jest/globals';
import { describeStarter } from './describe-starter.js';
import { MODULES } from './subpaths.js';
import { NEST_11, PEERS_11 } from './versions.js';

jest.setTimeout(600_000); // installs packages

describeStarter('"nest new" on Nest 11 (CommonJS, ts-jest)', {
  form: 'nest-11',
  versions: NEST_11,
  peers: PEERS_11,
  testedOn: [20, 22, 24],
  esModules: true,
  bundlers: ['esbuild, CommonJS', 'esbuild, ES modules', 'ncc', 'webpack', 'nest build --webpack'],
  lambdaBundler: 'esbuild, CommonJS',
  modules: MODULES,
});
