import { resolve } from 'node:path';
import { Guide, shown, type GuideProject } from '../guide.js';

const guide = Guide.read('testing');

/** Jest for ES modules, as this repository uses it. The guide's reader has the configuration of `nest new`. */
const JEST_CONFIG = `
import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(${JSON.stringify(resolve('test/setup/swc.json'))}, 'utf8'));
export default {
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  setupFiles: [${JSON.stringify(resolve('test/setup/esm.mjs'))}],
  extensionsToTreatAsEsm: ['.ts'],
  ...${guide.block('moduleNameMapper').content.trim()},
  transform: {
    '^.+\\\\.ts$': ['@swc/jest', swc],
    '\\\\.m?js$': ${JSON.stringify(resolve('test/setup/require-esm-transform.cjs'))},
  },
  transformIgnorePatterns: [],
};
`;
const RUN_JEST = 'node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js';

describe('the guide to testing', () => {
  let project: GuideProject;
  beforeAll(async () => {
    project = await guide.project({}, { 'jest.config.mjs': JEST_CONFIG });
  });

  it('has specs that pass in Jest', async () => {
    const printed = await project.run(`${RUN_JEST} --verbose`);
    expect(printed).toMatch(/Tests: +7 passed, 7 total/);
    expect(guide.blocks.filter(({ file }) => file?.endsWith('spec.ts'))).toHaveLength(3);
  });

  it('has specs that fail if the mapping gives a viewer more', async () => {
    const mapping = guide.file('mapping.yaml');
    await project.write('mapping.yaml', mapping.replace('viewer: [orders:read]', 'viewer: [orders:read, orders:delete]'));
    await expect(project.run(`${RUN_JEST} rules`)).rejects.toThrow('lets viewers read, but not delete');
    await project.write('mapping.yaml', mapping);
  });

  it('shows what the command finds in the mapping, and accepts the mended matrix', async () => {
    const commands = guide.block('npx nestjs-authz test').content;
    await expect(project.run(commands)).rejects.toThrow(shown(guide.block('2 cases, 6 checks, 1 failure')));
    const matrix = guide.file('matrix.yaml').replace('orders:delete]', 'orders:delete, orders:prices]');
    await project.write('matrix.yaml', matrix);
    expect(await project.run(commands)).toContain('2 cases, 6 checks, 0 failures');
  });
});
