import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Starter } from './starter.js';

/** Packages that Nest loads only if they are installed, so every bundle of a Nest application excludes them. */
const OPTIONAL_OF_NEST = ['@nestjs/microservices', '@nestjs/websockets', 'class-transformer', 'class-validator'];

/** CommonJS packages in an ES module need a `require`. */
const REQUIRE = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** The parts of a webpack configuration that produce one file. */
const ONE_FILE = `externals: [],
  plugins: [
    new webpack.IgnorePlugin({ checkResource: (name) => ${JSON.stringify(OPTIONAL_OF_NEST)}.some((one) => name.startsWith(one)) }),
    new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 }),
  ],
  output: { path: require('node:path').resolve('bundle'), filename: 'main.cjs' },`;

/** Each function bundles a compiled file into the folder "bundle". @returns The name of the file to start. */
const BUNDLE_WITH = {
  'esbuild, CommonJS': (starter: Starter, entry: string) => esbuild(starter, entry, 'main.cjs', ['--format=cjs']),

  'esbuild, ES modules': (starter: Starter, entry: string) =>
    esbuild(starter, entry, 'main.mjs', ['--format=esm', '--minify', `--banner:js=${REQUIRE}`]),

  /** Writes a file for each dynamic import. */
  ncc: async (starter: Starter, entry: string) => {
    await starter.run('npx', ['ncc', 'build', `dist/${entry}.js`, '--out', 'bundle']);
    return 'index.js';
  },

  webpack: async (starter: Starter, entry: string) => {
    await starter.write(
      'webpack.cjs',
      `const webpack = require('webpack');
webpack({
  mode: 'production',
  target: 'node',
  entry: './dist/${entry}.js',
  optimization: { minimize: false },
  ${ONE_FILE}
}, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString({ all: false, errors: true }));
  process.exitCode = 1;
});
`,
    );
    await starter.run('node', ['webpack.cjs']);
    return 'main.cjs';
  },

  'nest build --webpack': async (starter: Starter) => {
    await starter.write(
      'webpack.config.cjs',
      `module.exports = (options, webpack) => ({
  ...options,
  ${ONE_FILE}
});
`,
    );
    await starter.run('npx', ['nest', 'build', '--webpack', '--webpackPath', 'webpack.config.cjs']);
    return 'main.cjs';
  },
};

/** A bundler and the form of its output. */
export type Bundler = keyof typeof BUNDLE_WITH;

/** A bundled application, in a folder from which no `node_modules` can be found. */
export interface Bundle {
  readonly folder: string;
  readonly entry: string;
}

/** Bundles a compiled file of the starter and copies the one output file (of ncc: all) into an empty folder. */
export async function bundled(starter: Starter, bundler: Bundler, compiled = 'main'): Promise<Bundle> {
  const made = join(starter.folder, 'bundle');
  await rm(made, { recursive: true, force: true });
  const entry = await BUNDLE_WITH[bundler](starter, compiled);
  const folder = await mkdtemp(join(starter.consumers.workspace, 'away-'));
  const files = bundler === 'ncc' ? await readdir(made) : [entry];
  await Promise.all(files.map((file) => cp(join(made, file), join(folder, file))));
  return { folder, entry };
}

async function esbuild(starter: Starter, compiled: string, entry: string, options: readonly string[]): Promise<string> {
  const externals = OPTIONAL_OF_NEST.map((name) => `--external:${name}`);
  const always = ['--bundle', '--platform=node', '--target=node20', ...externals, `--outfile=bundle/${entry}`];
  await starter.run('npx', ['esbuild', `dist/${compiled}.js`, ...always, ...options]);
  return entry;
}
