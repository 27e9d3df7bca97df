import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileAside } from '../../../../lib/mapping/compile-aside.js';
import {
  type MappingError,
  MappingSnapshot,
  toDocument,
  type MappingDocument,
  type MappingStore,
} from '../../../../lib/mapping/index.js';

const run = promisify(execFile);

/** The built library. `npm test` builds it before the tests. */
const DIST = fileURLToPath(new URL('../../../../dist/', import.meta.url));
const isBuilt = existsSync(`${DIST}mapping/compile.worker.js`);

const PLAIN = { roles: { clerk: ['orders:read'] }, resources: { orders: { id: 'string' } }, requires: { 'a:b': { acr: 'x' } } };
const CONDITIONAL = { roles: { clerk: [{ permission: 'orders:read', when: 'has(resource.id)' }] } };

/** Compiles a mapping with the ES modules, and prints which of them were loaded. */
const IN_MODULES = (document: object) => `
  import { register } from 'node:module';
  import { MessageChannel } from 'node:worker_threads';
  const { port1, port2 } = new MessageChannel();
  register('data:text/javascript,' + encodeURIComponent(
    'let port; export function initialize(data) { port = data; } export async function load(url, context, next) { port.postMessage(url); return next(url, context); }'),
    { data: port2, transferList: [port2] });
  const urls = [];
  port1.on('message', (url) => urls.push(url)).unref();
  const { MappingStore } = await import(${JSON.stringify(`${DIST}mapping/index.js`)});
  const store = new MappingStore({ name: 'static', load: () => ({ content: { document: ${JSON.stringify(document)} } }) });
  await store.start();
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ urls, conditions: store.current.compiled.conditions.length }));`;

/** Compiles a mapping with the CommonJS form as Jest loads it: each file as a function, where import() does not work. */
const IN_JEST = (document: object) => `
  const { compileFunction } = require('node:vm');
  const { createRequire } = require('node:module');
  const { readFileSync } = require('node:fs');
  const { dirname, join } = require('node:path');
  const loaded = new Map();
  const load = (file) => {
    if (!loaded.has(file)) {
      const module = { exports: {} };
      loaded.set(file, module);
      const names = ['module', 'exports', 'require', '__filename', '__dirname'];
      const inner = (name) => (name.startsWith('.') ? load(join(dirname(file), name)) : createRequire(file)(name));
      compileFunction(readFileSync(file, 'utf8'), names, { filename: file })(module, module.exports, inner, file, dirname(file));
    }
    return loaded.get(file).exports;
  };
  const { MappingStore } = load(${JSON.stringify(`${DIST}cjs/mapping/index.js`)});
  const store = new MappingStore({ name: 'static', load: () => ({ content: { document: ${JSON.stringify(document)} } }) });
  store.start().then(() =>
    console.log(JSON.stringify({ urls: [...loaded.keys()], conditions: store.current.compiled.conditions.length })));`;

async function loadedBy(code: string, flags: readonly string[]) {
  const { stdout } = await run(process.execPath, [...flags, '--eval', code]);
  const { urls, conditions } = JSON.parse(stdout) as { readonly urls: readonly string[]; readonly conditions: number };
  return { conditions, parsers: urls.filter((url) => /parse-condition|cel-js/.test(url)), count: urls.length };
}

(isBuilt ? describe : describe.skip)('the parser of conditions, in the built library', () => {
  it.each([
    ['ES modules', IN_MODULES, ['--input-type=module']],
    ['CommonJS, where import() does not work', IN_JEST, ['--input-type=commonjs']],
  ] as const)('is loaded only for a mapping with conditions: %s', async (_form, code, flags) => {
    const plain = await loadedBy(code(PLAIN), flags);
    expect(plain).toMatchObject({ parsers: [], conditions: 0 });
    expect(plain.count).toBeGreaterThan(1);
    const conditional = await loadedBy(code(CONDITIONAL), flags);
    const files = conditional.parsers.map((url) => url.split('/').at(-1)).sort();
    expect([files, conditional.conditions]).toEqual([['cel-js.js', 'parse-condition.js'], 1]);
  });

  describe('in a worker thread', () => {
    const many = (count: number): MappingDocument => ({
      resources: { orders: { ownerId: 'string', amount: 'number' } },
      roles: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `role${index}`,
          [
            { permission: 'orders:update', when: `resource.ownerId == principal.subject && resource.amount < ${index}` },
            {
              permission: `orders:action${index}`,
              when: 'resource.ownerId in ["a", "b"] || context.now < timestamp("2040-01-01T00:00:00Z")',
            },
          ],
        ]),
      ),
    });
    async function aside(document: object) {
      const built = (await import(`${DIST}mapping/index.js`)) as { readonly MappingStore: typeof MappingStore };
      const store = new built.MappingStore({ name: 'test', load: () => ({ content: { text: JSON.stringify(document) } }) });
      await store.start();
      return store.current!.compiled;
    }

    it('gives the same mapping as in the main thread, of 10 000 conditional grants', async () => {
      const document = many(5000);
      const compiled = await aside(document);
      const here = await compileAside({ document }, 'test');
      expect(compiled.digest).toBe(here.digest);
      expect(compiled.conditions).toHaveLength(10_000);
      expect(JSON.stringify(compiled.conditions)).toBe(JSON.stringify(here.conditions));
      expect(JSON.stringify(toDocument(new MappingSnapshot(here)).roles)).toBe(
        JSON.stringify(toDocument(new MappingSnapshot({ ...here, ...compiled })).roles),
      );
    });

    it('reports the same faults', async () => {
      const document = JSON.parse(
        JSON.stringify(many(200)).replace('resource.amount < 7 ', 'x').replace('amount < 7"', 'amount < null"'),
      ) as object;
      const refused = async (compiling: Promise<unknown>) => compiling.then(() => '', (error: unknown) => (error as MappingError).message); // prettier-ignore
      const message = await refused(aside(document));
      expect(message).toContain('roles.role7[0].when (line 1, column ');
      expect(message).toContain('null is not in the language');
      expect(await refused(compileAside({ text: JSON.stringify(document) }, 'test'))).toBe(message);
    });
  });
});
