import { readFileSync } from 'node:fs';
import { DIFFERENT, LEFT_OUT } from '../nest-11/suites.mjs';
import { importsOf, readSources, targetOf } from './imports.js';
import { folderOf } from './layers.js';

interface Package {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
type Lock = Readonly<Record<string, Package>>;

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const packages = (file: string) => (read(file) as { packages: Lock }).packages;
const here = packages('package-lock.json');
const nest11 = packages('test/nest-11/package-lock.json');

/** Returns the names of packages that a file of the tree would load. A nested package may load others. */
const loadable = (lock: Lock) =>
  Object.entries(lock).flatMap(([path, each]) => {
    const [before, name, ...rest] = path.split('node_modules/');
    return before === '' && name !== undefined && rest.length === 0 ? [[name, each] as const] : [];
  });
const asksForNest = ({ dependencies, peerDependencies }: Package) =>
  Object.keys({ ...dependencies, ...peerDependencies }).some((name) => name.startsWith('@nestjs/'));
/** Build tools that no suite imports. */
const BUILDS = ['@nestjs/cli', '@nestjs/schematics'];
/** Packages that only the guides use. The tests of guides run on Nest 12. */
const GUIDES = ['@nestjs/config', 'nest-access-control', 'nest-casl'];

describe('the suites on Nest 11', () => {
  it('load one copy of Nest: every package that depends on Nest is installed with Nest 11', () => {
    const own = new Set(loadable(nest11).map(([name]) => name));
    const asking = loadable(here).filter(
      ([name, each]) => (name.startsWith('@nestjs/') || asksForNest(each)) && ![...BUILDS, ...GUIDES].includes(name),
    );
    expect(asking.map(([name]) => name).filter((name) => !own.has(name))).toEqual([]);
    expect(Object.keys(nest11).filter((path) => /node_modules\/.*node_modules\/@nestjs\//.test(path))).toEqual([]);
  });

  it('load packages made for Nest 11', () => {
    const others = loadable(nest11).flatMap(([name, { peerDependencies = {} }]) =>
      Object.entries(peerDependencies)
        .filter(([peer, range]) => ['@nestjs/common', '@nestjs/core'].includes(peer) && !/\^11\.|^>=\d\./.test(range))
        .map(([peer, range]) => `${name} wants ${peer} ${range}`),
    );
    expect(others).toEqual([]);
    expect(nest11['node_modules/@nestjs/core']?.version).toMatch(/^11\./);
  });

  it('load every other package in the version that the suites on Nest 12 load', () => {
    const named = Object.keys({ ...here['']?.dependencies, ...here['']?.devDependencies }).filter(
      (name) => !name.startsWith('@nestjs/'),
    );
    const differing = loadable(nest11)
      .filter(([name]) => named.includes(name))
      .filter(([name, { version }]) => version !== here[`node_modules/${name}`]?.version);
    expect(differing.map(([name, { version }]) => `${name} ${version}`)).toEqual([]);
  });

  it.each(DIFFERENT)('skip a test that exists: $test', ({ suite, test }) => {
    expect(readFileSync(suite, 'utf8')).toContain(`it('${test}'`);
  });

  it('exclude no suite of a file that imports Nest, or a room that imports Nest', () => {
    const sources = [...readSources('lib', '.ts')].map(([file, source]) => ({
      file,
      loaded: importsOf(file, source).filter(({ kind }) => kind !== 'type'),
      isLeftOut: LEFT_OUT.some((pattern) => new RegExp(pattern).test(`test/unit/${file}`)),
    }));
    const importsNest = ({ loaded }: (typeof sources)[number]) =>
      loaded.some(({ specifier }) => specifier.startsWith('@nestjs/'));
    const roomsWithNest = new Set(sources.filter(importsNest).map(({ file }) => `${folderOf(file)}/index.ts`));
    const leftOut = sources.filter(({ isLeftOut }) => isLeftOut);
    expect(leftOut.length).toBeGreaterThan(100);
    expect(
      leftOut
        .filter(
          (each) =>
            importsNest(each) || each.loaded.some(({ specifier }) => roomsWithNest.has(targetOf(each.file, specifier) ?? '')),
        )
        .map(({ file }) => file),
    ).toEqual([]);
  });
});
