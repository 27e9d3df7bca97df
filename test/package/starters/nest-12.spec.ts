import { jest } from '@jest/globals';
import { describeStarter } from './describe-starter.js';
import { MODULES } from './subpaths.js';
import { NEST_12, PEERS_12 } from './versions.js';

jest.setTimeout(600_000); // installs packages

describeStarter('"nest new" on Nest 12 (ES modules, Vitest)', {
  form: 'nest-12',
  versions: NEST_12,
  peers: PEERS_12,
  testedOn: [20, 22, 24],
  esModules: true,
  bundlers: ['esbuild, ES modules', 'ncc', 'webpack'],
  lambdaBundler: 'esbuild, ES modules',
  modules: MODULES,
});
