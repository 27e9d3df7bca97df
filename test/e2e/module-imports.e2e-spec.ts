import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Authenticated, AuthzConfigError, AuthzModule } from '../../lib/index.js';
import { startAuthzApp } from '../../lib/testing/index.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';

@Controller('orders')
class Orders {
  @Get() @Authenticated() list() {
    return [];
  }
}

const forRoot = () => AuthzModule.forRoot(OPTIONS);
const forRootAsync = () => AuthzModule.forRootAsync({ useFactory: () => OPTIONS });
const importing = (...imports: (Type | DynamicModule)[]): Type => {
  @Module({ imports, controllers: [Orders] })
  class OrdersModule {}
  return OrdersModule;
};

/** What stops the start, of an application and of one under test. */
async function stopped(metadata: ModuleMetadata): Promise<AuthzConfigError> {
  const [error, again] = await Promise.all([
    Test.createTestingModule(metadata)
      .compile()
      .catch((thrown: unknown) => thrown),
    startAuthzApp(metadata).catch((thrown: unknown) => thrown),
  ]);
  expect(error).toBeInstanceOf(AuthzConfigError);
  expect((again as Error).message).toBe((error as Error).message);
  return error as AuthzConfigError;
}

describe('AuthzModule', () => {
  it.each([
    ['in the root module', () => [AuthzModule]],
    ['in a module', () => [importing(AuthzModule)]],
  ])('without options %s stops the start with one message that says what to write', async (_where, imports) => {
    const { code, message } = await stopped({ imports: imports() });
    expect(code).toBe('AUTHZ_MODULE_OPTIONS');
    expect(message).toContain('Write AuthzModule.forRoot({ issuer, audience, mapping }) into the imports of the root module');
  });

  it('without options beside the one with options says that the other module needs none', async () => {
    const { code, message } = await stopped({ imports: [forRoot(), importing(AuthzModule)] });
    expect(code).toBe('AUTHZ_MODULE_OPTIONS');
    expect(message).toBe(
      'AuthzModule is imported without options (it is imported in RootTestModule, OrdersModule). ' +
        'Keep AuthzModule.forRoot({ ... }) in the root module alone: it is global, so no other module needs it.',
    );
  });

  it.each([
    ['forRoot() twice', () => [forRoot(), forRoot()]],
    ['forRoot() in two modules', () => [forRoot(), importing(forRoot())]],
    ['forRoot() and forRootAsync()', () => [forRootAsync(), importing(forRoot())]],
    ['forRootAsync() twice', () => [importing(forRootAsync()), importing(forRootAsync())]],
  ])('by %s stops the start with one message', async (_how, imports) => {
    const { code, message } = await stopped({ imports: imports() });
    expect(code).toBe('AUTHZ_MODULE_TWICE');
    expect(message).toContain('Keep one in the root module alone: it is global');
  });

  it('by another forRoot() in a module that is loaded later fails to load, and the application goes on', async () => {
    const app = await startAuthzApp({ imports: [forRoot()], controllers: [Orders] });
    const load = () => app.app.get(LazyModuleLoader, { strict: false }).load(() => importing(forRoot()));
    await expect(load()).rejects.toMatchObject({ code: 'AUTHZ_MODULE_TWICE' });
    await app.as().get('/orders').expect(200);
    await app.anonymous().get('/orders').expect(401);
    await app.close();
  });
});

onBothAdapters(({ start, newAdapter, closeLater }) => {
  it('the same module with options, imported in several places, is one', async () => {
    const shared = forRoot();
    const imports = [shared, importing(shared)];
    const app = closeLater(await startAuthzApp({ imports }, { adapter: newAdapter() }));
    await app.as().get('/orders').expect(200);
    await app.anonymous().get('/orders').expect(401);
  });

  it('two applications in one process have one each', async () => {
    for (const app of await Promise.all([start(Orders), start(Orders)])) await app.as().get('/orders').expect(200);
  });
});

describe('two copies of the library in one process', () => {
  let folder: string;
  let copy: string;
  beforeAll(async () => {
    // Inside of the tree: everything else is found where the first copy finds it, as npm would have it.
    await mkdir(resolve('node_modules/.cache'), { recursive: true });
    folder = await mkdtemp(resolve('node_modules/.cache/copy-'));
    copy = join(folder, 'node_modules/nestjs-authz');
    await cp('dist', join(copy, 'dist'), { recursive: true });
    await cp('package.json', join(copy, 'package.json'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const run = (one: string, other: string, what: string) =>
    new Promise<string>((done) => {
      const script = fileURLToPath(new URL('two-copies-app.mjs', import.meta.url));
      const env = { ...process.env, NO_COLOR: '1' };
      execFile(process.execPath, [script, one, other, what], { env }, (_error, stdout, stderr) => done(stdout + stderr));
    });

  // One installation has both forms: a require() by Jest, or an older Node, loads one, and a native import() the other.
  const loadOne = 'Use only one of the two.';
  describe.each([
    ['of two installations', () => resolve('dist'), () => join(copy, 'dist'), 'run "npm dedupe"'],
    ['of which one is the CommonJS form', () => resolve('dist'), () => resolve('dist/cjs'), loadOne],
    ['of which one is the ES form, beside CommonJS', () => resolve('dist/cjs'), () => resolve('dist'), loadOne],
  ])('%s', (_which, one, other, remedy) => {
    it.each([
      ['decorators', 'a decorator on Orders'],
      ['methods', 'a decorator on Orders'],
      ['parameters', 'a decorator on Orders'],
      ['injected', 'a dependency of OrdersService'],
      ['module', 'AuthzModule'],
      ['outbound', 'a dependency of Outbound'],
      ['mapping-server', 'a decorator on MappingController'],
      ['websockets', 'guardedWebSockets()'],
    ])('stop the start where %s are of the other one: one message names both, and what to do', async (what, named) => {
      const output = await run(one(), other(), what);
      expect(output).not.toContain('it has started');
      expect(output.split('Two copies of nestjs-authz are loaded')).toHaveLength(2);
      expect(output).toContain(`in ${one()}/core, whose AuthzModule guards the application`);
      expect(output).toMatch(new RegExp(`\\d in ${other()}/core, from which ${named.replace('()', '\\(\\)')}`));
      expect(output).toContain(remedy);
      expect(output).not.toMatch(/^\s+at /m);
    });

    it('are no matter where the application uses one of them', async () => {
      expect(await run(one(), other(), 'nothing')).toContain('it has started');
    });
  });
});
