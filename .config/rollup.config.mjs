// Converts the compiler's output in dist/ into the published files, in place. Second half of `npm run build`.
//
// - JavaScript: one file for each folder of dist/, and one for each part that is loaded later. Node takes longer to find and open most files
//   of this package than to run them, and an application loaded about 190 at start.
// - The same code as CommonJS in dist/cjs/, without the command line, for environments that cannot require() an ES module (Jest, Node before 20.19).
// - Types: one .d.ts for each entry point, in dist/cjs/. The declarations of the ES modules export from there, so both forms share their types.
// - The command line contains the packages that only it needs, with their licences, so that no service installs them. So does the mapping: the parser of
//   conditions, a part that is loaded only for a mapping with conditions.
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { minifySync, transformSync } from '@swc/core';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const DIST = resolve(import.meta.dirname, '../dist');
/** The CommonJS form, with the same layout as dist/. */
const COMMONJS = join(DIST, 'cjs');
const MANIFEST = JSON.parse(readFileSync(join(DIST, '../package.json'), 'utf8'));

/** Packages that a service installs. Every other imported package becomes part of the bundle. */
const INSTALLED = new Set(Object.keys({ ...MANIFEST.dependencies, ...MANIFEST.peerDependencies }));

const ROOMS = JSON.parse(readFileSync(join(import.meta.dirname, 'rooms.json'), 'utf8'));

rmSync(COMMONJS, { recursive: true, force: true });

export default [...ROOMS.map(javaScript), await types()];

/**
 * Bundles a single folder. Other folders import only its index.js (test/package/layers.spec.ts), so there is one copy of each class,
 * whichever entry point an application imports. `import()` still loads a part on demand. Of the files directly in dist/,
 * those stay apart that folders import.
 */
function javaScript(room) {
  const folder = join(DIST, room.folder);
  const isCommandLine = room.folder === 'cli';
  const entries = ['index.ts', ...(room.entryFiles ?? [])].map((name) => name.replace(/\.ts$/, '.js'));
  const rooms = ROOMS.map((each) => join(DIST, each.folder)).filter((each) => each !== DIST);
  return {
    input: [...entries, ...(folder === DIST ? importedByRooms(rooms) : [])]
      .filter(isThere(folder))
      .map((name) => join(folder, name)),
    external: (specifier, importer) => importer !== undefined && !isBundled(folder, specifier, importer),
    output: isCommandLine ? esModules(folder) : [esModules(folder), commonJs(folder)],
    // The compiler has already removed unused imports. Rollup must not guess which lines have side effects.
    treeshake: false,
    plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs({ include: /node_modules/ }), licences()],
    onLog(level, log, handle) {
      // The compiler's decorator helpers test `this`, which is undefined in a module.
      if (log.code === 'THIS_IS_UNDEFINED' || (log.code === 'CIRCULAR_DEPENDENCY' && log.ids.every(isForeign))) return;
      handle(level === 'warn' ? 'error' : level, log);
    },
  };
}

/** The files of dist/ itself that files in folders import. */
function importedByRooms(folders) {
  const files = folders.flatMap((folder) => filesIn(folder, '.js'));
  const specifiers = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from '(\.\.?\/[^']+)'/g)].map(([, specifier]) => resolve(dirname(file), specifier)),
  );
  return [...new Set(specifiers)].filter((file) => dirname(file) === DIST).map((file) => basename(file));
}

function isThere(folder) {
  return (name) => existsSync(join(folder, name));
}

function filesIn(folder, ending) {
  return readdirSync(folder, { recursive: folder !== DIST })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

function esModules(folder) {
  return {
    ...shared(folder),
    dir: folder,
    format: 'es',
    plugins: [basename(folder) === 'cli' ? minified() : readable(), removeRest(folder, '.js')],
    ...(basename(folder) === 'cli' ? {} : { manualChunks: foreignChunk }),
  };
}

function commonJs(folder) {
  return {
    ...shared(folder),
    dir: join(COMMONJS, relative(DIST, folder)),
    format: 'cjs',
    exports: 'named',
    esModule: true,
    generatedCode: { preset: 'es2015', symbols: false },
    // Folders import each other in one direction, so every export is initialized before its use.
    externalLiveBindings: false,
    manualChunks: foreignChunk,
    plugins: [requiredLater(), minified(), folder === DIST ? asCommonJs() : copied(folder, '.cjs')],
  };
}

function shared(folder) {
  return {
    minifyInternalExports: false,
    // Contains code that index.js shares with a part that is loaded later.
    chunkFileNames: ({ name }) => (name === 'index' ? `${basename(folder)}.js` : '[name].js'),
  };
}

/**
 * Bundles the declarations of all entry points in one run: each declaration is in one file, from which the others import it. Two declarations of a
 * class with private members would be different types.
 */
async function types() {
  const declared = Object.values(MANIFEST.exports).flatMap((entry) => entry.import?.types ?? []);
  const entries = declared.map((file) => file.replace(/^\.\/dist\/(.+)\.d\.ts$/, '$1'));
  const fileOf = (entry) => join(DIST, `${entry}.d.ts`);
  const bundleOf = (some) => ({
    input: Object.fromEntries(some.map((entry) => [entry, fileOf(entry)])),
    external: (specifier) => !specifier.startsWith('.') && !isAbsolute(specifier),
    plugins: [withoutCommonJs(), dts({ tsconfig: join(DIST, '../lib/tsconfig.json') }), typesOnly()],
    onLog(level, log, handle) {
      // Declarations may refer to each other: nothing runs.
      if (log.code !== 'CIRCULAR_CHUNK') handle(level === 'warn' ? 'error' : level, log);
    },
  });

  // A declaration goes into the main entry point if that uses it, unless another one exports more of its file; else into the entry point of its folder, else
  // into the one that exports it, else into the only one that uses it.
  const [main] = (await (await rollup(bundleOf(['index']))).generate({})).output;
  const isMain = (id) => id === main.facadeModuleId || main.modules[id]?.renderedLength > 0;
  const exported = new Map(entries.map((entry) => [entry, exportedNames(fileOf(entry))]));
  // The entry point that exports most of a file's names; of several the first, which is the main one.
  const exporterOf = (id) => {
    const names = declaredNames(id);
    const count = (entry) => names.filter((name) => exported.get(entry).has(name)).length;
    const best = entries.reduce((first, next) => (count(next) > count(first) ? next : first));
    return count(best) > 0 ? best : undefined;
  };
  const roomOf = (id) => ROOMS.find(({ folder }) => folder !== '' && id.startsWith(join(DIST, folder) + sep));
  const entryOf = (id) => entries.find((entry) => entry === `${roomOf(id)?.folder}/index`);
  const placeOf = (id) => (isMain(id) ? (exporterOf(id) ?? 'index') : (entryOf(id) ?? exporterOf(id)));
  return {
    ...bundleOf(entries),
    output: {
      dir: COMMONJS,
      format: 'es',
      plugins: [sameTypes(entries)],
      hoistTransitiveImports: false,
      minifyInternalExports: false,
      manualChunks: placeOf,
      entryFileNames: '[name].d.ts',
      // Rollup asks for a name only if several entry points use a declaration that its file does not export.
      chunkFileNames({ name, exports }) {
        const place = entries.includes(name) ? name : 'index';
        const exported = readFileSync(fileOf(place), 'utf8');
        const missing = exports.filter((type) => !new RegExp(`\\b${type}\\b`).test(exported));
        throw new Error(
          `Several entry points use ${missing.join(', ')}. Export it from lib/${place}.ts, for all to import it from there.`,
        );
      },
    },
  };
}

/** The names that a file of declarations exports: index.ts writes out each of them. */
function exportedNames(file) {
  const lists = [...readFileSync(file, 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, list]) => list);
  return new Set(lists.flatMap((list) => list.split(',').map((each) => each.trim().split(' ').at(-1))));
}

/** The names that a file declares and exports. */
function declaredNames(file) {
  const declared = /^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/gm;
  return file.endsWith('.d.ts') ? [...readFileSync(file, 'utf8').matchAll(declared)].map(([, name]) => name) : [];
}

/** Excludes .cjs files from the declarations: they are internal, and contain code instead of declarations. */
function withoutCommonJs() {
  return {
    name: 'without-commonjs',
    resolveId: (id) => (id.endsWith('.cjs') ? { id, external: true, moduleSideEffects: false } : null),
  };
}

/** Exports a name as a type if the JavaScript does not export it: rollup-plugin-dts turns `export type` of a class into `export`. */
function typesOnly() {
  return {
    name: 'types-only',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        const javaScript = readFileSync(join(DIST, chunk.fileName.replace('.d.ts', '.js')), 'utf8');
        const values = this.parse(javaScript).body.flatMap(({ specifiers = [] }) =>
          specifiers.map(({ exported }) => exported?.name),
        );
        chunk.code = chunk.code.replace(/^export \{ (.+) \}/gm, (_, names) => {
          const marked = names.split(', ').map((name) => (values.includes(name.split(' ').at(-1)) ? name : `type ${name}`));
          return `export { ${marked.join(', ')} }`;
        });
      }
    },
  };
}

/** Makes the ES modules export the declarations of the CommonJS form, so that a type is the same in both forms when an application augments or compares it. */
function sameTypes(entries) {
  return {
    name: 'same-types',
    writeBundle() {
      for (const file of readdirSync(DIST, { recursive: true }))
        if (file.endsWith('.d.ts') && !file.startsWith(`cjs${sep}`)) rmSync(join(DIST, file));
      for (const entry of entries) {
        const up =
          entry
            .split('/')
            .slice(1)
            .map(() => '..')
            .join('/') || '.';
        writeFileSync(join(DIST, `${entry}.d.ts`), `export * from '${up}/cjs/${entry}.js';\n`);
      }
    },
  };
}

/**
 * Converts `import()` to `require()`: Jest supports import() only with a Node flag. The call is inside `try`, which tells bundlers
 * that the package is optional.
 */
function requiredLater() {
  const namespace = '((it) => (it.__esModule ? it : { ...it, default: it }))';
  return {
    name: 'required-later',
    renderDynamicImport: () => ({
      left: `new Promise((resolve, reject) => { try { resolve(${namespace}(require(`,
      right: '))); } catch (error) { reject(error); } })',
    }),
  };
}

/** Marks the .js files of dist/cjs/ as CommonJS for Node and TypeScript. */
function asCommonJs() {
  const source = '{ "type": "commonjs" }\n';
  return {
    name: 'as-commonjs',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source });
    },
  };
}

/** Copies files that are the same in both forms. */
function copied(folder, ending) {
  return {
    name: 'copied',
    generateBundle() {
      for (const fileName of readdirSync(folder).filter((name) => name.endsWith(ending)))
        this.emitFile({ type: 'asset', fileName, source: readFileSync(join(folder, fileName)) });
    },
  };
}

/** Puts a package that services do not install into a file of its own, named after the package. */
function foreignChunk(id) {
  return isForeign(id) ? /.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?([^\\/]+)/.exec(id)[1] : undefined;
}

/** Whether an import stays inside the folder, or is of a package that services do not install. */
function isBundled(folder, specifier, importer) {
  const id = /^\.\.?\//.test(specifier) ? resolve(dirname(importer), specifier) : specifier;
  if (id.endsWith('.cjs') && !isForeign(id)) return false;
  if (isForeign(id) || id.startsWith('\0')) return true;
  if (isAbsolute(id)) return folder === DIST ? dirname(id) === folder : id.startsWith(folder + sep);
  return !isBuiltin(id) && !INSTALLED.has(id.match(/^(@[^/]+\/)?[^/]+/)[0]);
}

function isForeign(id) {
  return id.includes(`${sep}node_modules${sep}`);
}

/** For services: removes comments, which the types and the repository contain. Keeps lines and names for stack traces and debuggers, except in packages. */
function readable() {
  const jsc = { target: 'esnext', minify: { compress: false, mangle: false, format: { comments: false } } };
  const small = minified();
  return {
    name: 'readable',
    renderChunk: (code, chunk, options) =>
      chunk.moduleIds.every(isForeign)
        ? small.renderChunk(code, chunk, options)
        : transformSync(code, { swcrc: false, configFile: false, isModule: true, jsc }),
  };
}

/** For the command line and the CommonJS form, where size matters. Keeps names of functions and classes for stack traces. */
function minified() {
  const names = { keep_classnames: true, keep_fnames: true };
  return {
    name: 'minified',
    // A function gets its name from the constant that it is assigned to, so exported constants keep theirs.
    renderChunk: (code, { exports }, { format }) =>
      minifySync(code, {
        module: format === 'es',
        compress: names,
        mangle: { ...names, toplevel: true, reserved: exports },
      }),
  };
}

/** Writes the licences of the bundled packages next to the bundle. */
function licences() {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const ids = Object.values(bundle).flatMap(({ moduleIds }) => moduleIds ?? []);
      const packages = new Set(
        ids.filter(isForeign).map((id) => /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)[1]),
      );
      const source = [...packages].sort().map(licence).join('\n\n');
      if (packages.size > 0) this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
    },
  };
}

/** @param folder Folder of a package. @throws if the package has no licence file. */
function licence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`The package ${name} has no licence file, so it cannot be bundled.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

/** Removes the files that are now part of the bundle. */
function removeRest(folder, ending) {
  return {
    name: 'remove-rest',
    writeBundle(_, bundle) {
      for (const file of filesIn(folder, ending)) if (!(relative(folder, file).split(sep).join('/') in bundle)) rmSync(file);
    },
  };
}
