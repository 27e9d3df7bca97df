import { jest } from '@jest/globals';
import { describeStarter } from './describe-starter.js';
import { NEST_12, PEERS_12 } from './versions.js';

jest.setTimeout(600_000); // installs packages

describeStarter('"nest new" on Nest 12 (CommonJS, ts-jest)', {
  form: 'nest-12-commonjs',
  versions: NEST_12,
  peers: PEERS_12,
  // Before Node 24.9, Jest cannot load Nest 12 by require().
  testedOn: [24],
  notTestableOn: [20, 22],
  bundlers: ['esbuild, CommonJS'],
});
