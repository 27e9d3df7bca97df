// Makes one file of each room of dist/, or a few: Node takes longer to find and open a file than to run what most of ours say, and the
// start of an application loaded some 190. Works on what the compiler wrote, in its place; the types stay as they are. Part of `npm run build`.
//
// Each room is bundled by itself. Others enter it by its door only (test/package/layers.spec.ts), so it stays one module, with one copy of
// its classes, by whichever entry of the package it is reached; and what is loaded when it is needed still is.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

const DIST = resolve(import.meta.dirname, '../dist');

/** What is loaded by its path: doors, the command line, threads. */
const ENTRY = /^(index|main|.+\.worker)\.js$/;

export default readdirSync(DIST, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => bundled(join(DIST, name)));

function bundled(room) {
  return {
    input: readdirSync(room)
      .filter((name) => ENTRY.test(name))
      .map((name) => join(room, name)),
    external: (specifier, importer) => importer !== undefined && !isInside(room, specifier, importer),
    output: {
      dir: room,
      format: 'es',
      sourcemap: true,
      minifyInternalExports: false,
      // What a door has in common with what is loaded later is in a file of its own.
      chunkFileNames: ({ name }) => (name === 'index' ? `${basename(room)}.js` : '[name].js'),
    },
    // What the compiler left is meant; nothing has to be guessed about what a line may do.
    treeshake: false,
    plugins: [sourceMaps(), only(room)],
    onLog(level, log, handle) {
      // The compiler's helpers ask for `this`, in case it holds them already.
      if (log.code !== 'THIS_IS_UNDEFINED') handle(level === 'warn' ? 'error' : level, log);
    },
  };
}

function isInside(room, specifier, importer) {
  return /^[./]/.test(specifier) && resolve(dirname(importer), specifier).startsWith(room + sep);
}

/** Hands the compiler's source maps on, so that the ones of the bundle lead to the TypeScript. */
function sourceMaps() {
  return {
    name: 'source-maps',
    load: (file) => ({ code: readFileSync(file, 'utf8'), map: readFileSync(`${file}.map`, 'utf8') }),
  };
}

/** Removes what has gone into the bundle. */
function only(room) {
  return {
    name: 'only',
    writeBundle(_, bundle) {
      for (const file of readdirSync(room, { recursive: true }))
        if (/\.js(\.map)?$/.test(file) && !(file in bundle)) rmSync(join(room, file));
    },
  };
}
