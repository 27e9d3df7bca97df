import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundled, type Bundler } from './bundlers.js';
import { inEsModules, passedInEsModules } from './esm-jest.js';
import { addLambdas, statusesOf, WRAPPERS } from './lambda.js';
import { NODE_MAJORS, nodeVersion } from './node-versions.js';
import { GUARDED, Starter, type Form } from './starter.js';
import { check, everySubpath, type ModuleSetting } from './subpaths.js';
import { passedIn } from './test-counts.js';
import { BUNDLERS, COMPILERS, ESM_JEST, LAMBDA, TYPED_PEERS } from './versions.js';

/** The tests of a starter. Absent members are not tested. */
export interface Plan {
  readonly form: Form;
  /** Exact versions instead of the ranges in the starter. */
  readonly versions: Readonly<Record<string, string>>;
  /** Packages that the README says to install with this package. */
  readonly peers: readonly string[];
  /** Versions of Node on which the starter's own test runner runs its tests. */
  readonly testedOn: readonly number[];
  /** Versions of Node on which that test runner cannot load Nest itself. */
  readonly notTestableOn?: readonly number[];
  /** Whether to run its code as ES modules under Jest. */
  readonly esModules?: boolean;
  readonly bundlers?: readonly Bundler[];
  /** The bundler of the handlers for AWS Lambda. */
  readonly lambdaBundler?: Bundler;
  /** Settings of module resolution of its compiler. */
  readonly modules?: readonly ModuleSetting[];
}

/** Describes a project that `nest new` generated, with this package installed from its tarball. */
export function describeStarter(title: string, { form, versions, ...plan }: Plan): void {
  let starter: Starter;
  beforeAll(async () => {
    starter = await Starter.generate(form, versions);
    await starter.install(starter.consumers.tarball);
    await starter.run('npm', ['run', 'build']);
  });
  afterAll(async () => {
    await starter.remove();
  });

  describe(title, () => {
    describe('after "npm install nestjs-authz" alone', () => {
      it.each(NODE_MAJORS)('guards its routes on Node %d', async (major) => {
        expect(await starter.answers({ node: (await nodeVersion(major)).program })).toEqual(GUARDED);
      });
    });

    describe('after the installation shown in the README', () => {
      beforeAll(async () => {
        await starter.install(...plan.peers);
      });

      it.each(plan.testedOn)('passes its unit and e2e tests on Node %d', async (major) => {
        const node = await nodeVersion(major);
        expect(passedIn(await starter.run('npm', ['test'], node))).toBe('1 of 1');
        expect(passedIn(await starter.run('npm', ['run', 'test:e2e'], node))).toBe('4 of 4');
      });

      if (plan.notTestableOn)
        it.each(plan.notTestableOn)('has a test runner that cannot load Nest on Node %d', async (major) => {
          const tested = starter.run('npm', ['test'], await nodeVersion(major));
          await expect(tested).rejects.toThrow(/Must use import to load ES Module: \S+\/@nestjs\/testing\//);
        });
    });

    if (plan.esModules) describeEsModules(() => starter);
    if (plan.bundlers) describeBundles(() => starter, plan.bundlers);
    if (plan.lambdaBundler) describeLambdas(() => starter, plan.lambdaBundler);
    if (plan.modules) describeTypes(() => starter, plan.modules);
  });
}

function describeEsModules(starter: () => Starter): void {
  describe('with its code in ES modules', () => {
    let project: Starter;
    beforeAll(async () => {
      await starter().install(...ESM_JEST);
      project = await inEsModules(starter());
    });

    const transforms = ['ts-jest', '@swc/jest'] as const;
    const runs = transforms.flatMap((transform) => NODE_MAJORS.map((major) => [transform, major] as const));
    it.each(runs)('passes its tests under Jest with %s on Node %d', async (transform, major) => {
      expect(await passedInEsModules(project, transform, await nodeVersion(major))).toBe('5 of 5');
    });
  });
}

function describeBundles(starter: () => Starter, bundlers: readonly Bundler[]): void {
  describe('as one file away from node_modules', () => {
    let mapping: string;
    beforeAll(async () => {
      await starter().install(...BUNDLERS);
      mapping = join(starter().consumers.workspace, 'mapping.json');
      await writeFile(mapping, largeMapping());
    });

    it('has no unused package of Nest', async () => {
      await expect(starter().read('node_modules/@nestjs/microservices/package.json')).rejects.toThrow('ENOENT');
    });

    it.each(bundlers)('guards its routes when bundled by %s', async (bundler) => {
      const { folder, entry } = await bundled(starter(), bundler);
      const starts = [{ entry }, { entry, env: { MAPPING: mapping } }];
      expect(await Promise.all(starts.map((start) => starter().answers(start, folder)))).toEqual([GUARDED, GUARDED]);
    });
  });
}

function describeLambdas(starter: () => Starter, bundler: Bundler): void {
  describe('as a function of AWS Lambda', () => {
    beforeAll(async () => {
      await starter().install(...BUNDLERS, ...LAMBDA);
      await addLambdas(starter());
      await starter().run('npm', ['run', 'build']);
    });

    it.each(WRAPPERS)(`guards its routes by %s and ${bundler}`, async (wrapper) => {
      const statuses = await statusesOf(starter(), wrapper, bundler, await nodeVersion(22));
      expect(statuses).toEqual({ 'REST API': [401, 403, 200], 'HTTP API': [401, 403, 200] });
    });
  });
}

function describeTypes(starter: () => Starter, modules: readonly ModuleSetting[]): void {
  describe('with code that imports every entry point', () => {
    let project: Starter;
    beforeAll(async () => {
      await starter().install(...COMPILERS, ...TYPED_PEERS[starter().form]);
      project = await everySubpath(starter());
    });

    it.each(modules)('compiles with module %s in TypeScript %s', async (_name, version, options) => {
      await check(project, version, options);
    });
  });
}

/** A mapping of more than 20 kB: it is compiled in a worker thread if one can start. */
function largeMapping(): string {
  const names = Array.from({ length: 1500 }, (_, index) => `resource${index}:read`);
  const mapping = JSON.stringify({ roles: { viewer: ['orders:read'], clerk: ['orders:*'], reader: names } });
  expect(mapping.length).toBeGreaterThan(20_000);
  return mapping;
}
