import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mappingJson } from '../../../lib/sources/database/mapping-json.js';
import { compileAside } from '../../../lib/mapping/compile-aside.js';
import { MappingError, type LoadedMapping, type MappingStore } from '../../../lib/mapping/index.js';

/** The rows of an empty database. */
const NO_ROWS = { roles: undefined, permissions: [], grants: [], inherits: [] };

/** The built library: a worker thread cannot run TypeScript. `npm test` builds it before the tests. */
const BUILT = new URL('../../../dist/mapping/', import.meta.url);
const isBuilt = existsSync(fileURLToPath(new URL('compile.worker.js', BUILT)));
/** Compiles with the built library. */
async function aside(content: LoadedMapping['content'], name: string): ReturnType<typeof compileAside> {
  const door = (await import(fileURLToPath(new URL('index.js', BUILT)))) as { MappingStore: typeof MappingStore };
  const store = new door.MappingStore({ name, load: () => ({ content }) });
  await store.start();
  return store.current!.compiled;
}

const rolesOf = (count: number, permission: (index: number) => string = (index) => `orders:${index % 100}`) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`role${index}`, [permission(index)]]));
/** Converts a compiled mapping to plain values: classes differ between threads. */
const plain = (value: unknown) =>
  JSON.stringify(value, (_, member: unknown) =>
    Object.prototype.toString.call(member) === '[object Map]' ? [...(member as Map<number, string>)] : member,
  );
const refusal = async (compiling: Promise<unknown>) =>
  compiling.then(
    () => undefined,
    (error: unknown) => error as MappingError,
  );

describe('compileAside', () => {
  it('compiles a small document in the main thread, and reports its faults', async () => {
    const compiled = await compileAside({ document: { revision: 'r1', roles: { viewer: ['orders:read'] } } }, 'test');
    expect(compiled).toMatchObject({ revision: 'r1', roleNames: ['viewer'], entries: ['orders:read'] });
    expect(await refusal(compileAside({ text: 'roles: {a: [x*]}' }, 'test'))).toBeInstanceOf(MappingError);
  });

  it('refuses a name that no token can carry, in every form of a document', async () => {
    const roles = { ['x'.repeat(257)]: ['orders:read'] };
    const text = await mappingJson('test', { ...NO_ROWS, grants: [['x'.repeat(257), 'orders:read', 'deny']] });
    for (const content of [{ document: { roles } }, { text: JSON.stringify({ roles }) }, { text }])
      expect((await refusal(compileAside(content, 'test')))?.message).toContain(
        'no token carries a role with a name of 257 characters: write 256 at most.',
      );
  });

  it('refuses a document that contains itself', async () => {
    const roles: Record<string, unknown> = { viewer: ['orders:read'] };
    roles['loop'] = roles;
    const error = await refusal(compileAside({ document: { roles } }, 'test'));
    expect(error).toBeInstanceOf(MappingError);
    expect(error?.message).toContain('roles.loop.viewer: is not an allowed member');
  });

  describe('without a worker thread', () => {
    let directory: string;
    beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'worker-'))));
    afterAll(() => rm(directory, { recursive: true }));

    const text = JSON.stringify({ roles: rolesOf(2000) });
    const faulty = text.replace('orders:7', 'ord*ers');

    it.each([
      ['is not there', undefined],
      ['lacks its imports, as in a copy by a bundler', `require('./compile-loaded.js')`],
      ['has a syntax error', `import {`],
      ['ends at once', `process.exit(3)`],
    ])('compiles a large document here: its file %s', async (_how, code) => {
      const worker = join(directory, 'compile.worker.cjs');
      await rm(worker, { force: true });
      if (code !== undefined) await writeFile(worker, code);
      expect((await compileAside({ text }, 'test', worker)).roleNames).toHaveLength(2000);
      expect(await refusal(compileAside({ text: faulty }, 'test', worker))).toBeInstanceOf(MappingError);
    });

    it.each([
      ['fails', `throw new Error('of the document')`, 'of the document'],
      ['ends', `process.exit(3)`, 'was not compiled'],
    ])(
      'does not compile in the main thread if a started worker %s: the document may be the cause',
      async (_how, code, message) => {
        const worker = join(directory, 'begun.cjs');
        await writeFile(worker, `Atomics.store(require('node:worker_threads').workerData.isLoaded, 0, 1); ${code}`);
        expect((await refusal(compileAside({ text }, 'test', worker)))?.message).toContain(message);
      },
    );
  });

  (isBuilt ? describe : describe.skip)('in the built library', () => {
    it('compiles a large document in a worker thread to the same result, without blocking the main thread', async () => {
      const document = {
        roles: JSON.parse(JSON.stringify(rolesOf(20_000)).replace('"role7"', '"__proto__"')) as object,
        permissions: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`orders:${index}`, 'described'])),
        tenants: { acme: { roles: { role1: { inherits: ['__proto__'], description: 'own' } } } },
      };
      const expected = plain(await compileAside({ document }, 'test'));
      for (const content of [{ document }, { text: JSON.stringify(document) }]) {
        let turns = 0;
        const count = setInterval(() => turns++, 1);
        const compiled = await aside(content, 'test');
        clearInterval(count);
        expect(plain(compiled)).toBe(expected);
        expect(turns).toBeGreaterThan(5);
      }
    });

    it('returns every fault of a large document, with positions', async () => {
      const text = `roles:\n${Array.from({ length: 2000 }, (_, index) => `  role${index}: [ord*]\n`).join('')}`;
      const error = await refusal(aside({ text }, 'a file'));
      expect(error).toMatchObject({ code: 'AUTHZ_MAPPING' });
      expect([error?.faults.length, error?.untold]).toEqual([100, 1900]);
      expect(error?.faults[99]).toMatchObject({ pointer: '/roles/role99/0', place: 'roles.role99[0] (line 101, column 12)' });
      expect(error?.message).toMatch(/^The mapping from a file cannot be used:\n/);
    });

    it('counts the values of a document, not its roles, to decide whether it is small', async () => {
      const roles = { viewer: Array.from({ length: 50_000 }, (_, index) => `orders:${index}`) };
      for (const document of [{ roles }, { roles: {}, tenants: { acme: { roles } } }]) {
        let turns = 0;
        const count = setInterval(() => turns++, 1);
        expect((await aside({ document }, 'test')).entries).toHaveLength(50_000);
        clearInterval(count);
        expect(turns).toBeGreaterThan(5);
      }
    });

    it('reports the faults of a document that cannot be sent to the thread', async () => {
      const roles = { ...rolesOf(10_000), odd: () => ['orders:read'] };
      expect((await refusal(aside({ document: { roles } }, 'test')))?.message).toContain(
        'roles.odd: must be a list of permissions',
      );
    });

    it('lets a process start with a large mapping, follow a remote source, and exit by itself', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'process-'));
      try {
        const file = join(directory, 'mapping.json');
        await writeFile(file, JSON.stringify({ roles: rolesOf(20_000) }));
        const script = `
          import { fileMapping, MappingStore, remoteMapping } from ${JSON.stringify(new URL('index.js', BUILT).href)};
          const never = new Promise(() => undefined);
          const transport = { name: 'hanging', fetch: () => never, listen: () => () => undefined };
          for (const source of [fileMapping(${JSON.stringify(file)}), remoteMapping(transport, { timeoutMs: 50, seed: { roles: {} } })]) {
            const store = new MappingStore(source);
            await store.start();
            void store.reload();
            if (source.name === 'hanging') setImmediate(() => store.stop());
            console.log(store.current.roleNames().length);
          }`;
        const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
          timeout: 15_000,
        });
        expect(stdout).toBe('20000\n0\n');
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  });
});
