import type { NodeVersion } from './node-versions.js';
import type { Starter } from './starter.js';
import { passedIn } from './test-counts.js';

const TRANSFORMS = {
  'ts-jest': "['ts-jest', { useESM: true }]",
  '@swc/jest': `['@swc/jest', {
    jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true } },
  }]`,
} as const;

/** The compiler of the tests. */
export type Transform = keyof typeof TRANSFORMS;

/**
 * Runs all specs of a project as ES modules with Jest, without settings for this package.
 * @returns The number of passed tests, of all tests.
 */
export async function passedInEsModules(project: Starter, transform: Transform, node: NodeVersion): Promise<string> {
  const config = `jest.${transform.replace(/\W/g, '')}.mjs`;
  await project.write(
    config,
    `export default {
  testEnvironment: 'node',
  testRegex: 'spec\\\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' },
  transform: { '^.+\\\\.ts$': ${TRANSFORMS[transform]} },
};
`,
  );
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', config];
  return passedIn(await project.run(node.program, jest));
}

const CODE = ['app.controller.ts', 'app.controller.spec.ts', 'app.module.ts', 'app.service.ts'].map((name) => `src/${name}`);
const SPECS = ['test/app.e2e-spec.ts', 'test/authz.e2e-spec.ts'];

/** Copies the code of a starter into a project of ES modules, and adds the file extensions that imports in CommonJS code lack. */
export async function inEsModules(starter: Starter): Promise<Starter> {
  const project = await starter.beside('in-es-modules', { private: true, type: 'module' });
  const copy = async (file: string) =>
    project.write(file, (await starter.read(file)).replace(/from '(\.[^']+|supertest\/types)(?<!\.js)'/g, "from '$1.js'"));
  await Promise.all([...CODE, ...SPECS].map(copy));
  await project.write('tsconfig.json', await starter.read('tsconfig.json'));
  return project;
}
