import { existsSync, readFileSync } from 'node:fs';
import { importsOf, packageOf, readSources, targetOf } from './imports.js';
import { folderOf } from './layers.js';
import { ROOMS, type Room } from './rooms.js';
import { NAMES } from './starters/subpaths.js';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> };
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

const inFolder = ({ folder }: Room, file: string) => (folder === '' ? file : `${folder}/${file}`);
const roomNamed = (name: string) => ROOMS.find(({ folder }) => folder === name)!;
const entryPoints = ROOMS.filter(({ entryPoint }) => entryPoint !== undefined);

/** Returns the entry point of a room as package.json must contain it. */
function exported(room: Room): unknown {
  const es = { types: `./dist/${inFolder(room, 'index.d.ts')}`, default: `./dist/${inFolder(room, 'index.js')}` };
  const cjs = { types: `./dist/cjs/${inFolder(room, 'index.d.ts')}`, default: `./dist/cjs/${inFolder(room, 'index.js')}` };
  return { 'module-sync': es, import: es, require: cjs };
}

/** Returns the imports of a room's files in the form of the list: rooms, packages, and `node:`. */
function importsOfRoom(room: Room): { readonly packages: readonly string[]; readonly rooms: readonly string[] } {
  const rest = ROOMS.filter(({ folder }) => folder !== '' && folder !== room.folder).map(({ folder }) => `${folder}/`);
  const own = [...readSources('lib', '.ts')].filter(([file]) =>
    room.folder === '' ? !rest.some((other) => file.startsWith(other)) : file.startsWith(`${room.folder}/`),
  );
  const specifiers = own.flatMap(([file, source]) => importsOf(file, source).map(({ specifier }) => ({ file, specifier })));
  const outside = specifiers.map(({ specifier }) => specifier).filter((name) => !/^[.(]/.test(name));
  const targets = specifiers.flatMap(({ file, specifier }) => targetOf(file, specifier) ?? []);
  const others = targets.map(folderOf).filter((folder) => folder !== room.folder);
  return { packages: [...new Set(outside.map(packageOf))].sort(), rooms: [...new Set(others)].sort() };
}

const cellsOf = (row: string) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Returns the cells of a room's row in the map. */
function mapRow({ layer, folder, about, entryPoint }: Room): readonly string[] {
  const name = entryPoint === '.' ? 'nestjs-authz' : `nestjs-authz/${entryPoint ?? ''}`;
  return [String(layer), folder === '' ? 'root files' : `\`${folder}\``, about, entryPoint === undefined ? '' : `\`${name}\``];
}

describe('the list of rooms', () => {
  it('is ordered by layer, so that a room imports only rooms before it', () => {
    const order = ROOMS.map(({ folder }) => folder);
    for (const room of ROOMS)
      for (const name of room.imports) {
        expect(order.indexOf(name)).toBeGreaterThanOrEqual(0);
        expect(order.indexOf(name)).toBeLessThan(order.indexOf(room.folder));
        expect(roomNamed(name).layer).toBeLessThanOrEqual(room.layer);
      }
    expect(ROOMS.map(({ layer }) => layer)).toEqual(ROOMS.map(({ layer }) => layer).sort((a, b) => a - b));
  });

  it.each(ROOMS)('names for "$folder" existing files, and its imports', (room) => {
    const files = room.folder === 'cli' ? (room.entryFiles ?? []) : ['index.ts', ...(room.entryFiles ?? [])];
    for (const file of files) expect(existsSync(`lib/${inFolder(room, file)}`)).toBe(true);
    const { packages, rooms } = importsOfRoom(room);
    expect([...room.packages, ...(room.optionalPeers ?? [])].sort()).toEqual(packages);
    expect([...room.imports].sort()).toEqual(rooms);
  });

  it('is what package.json exports', () => {
    const code = Object.entries(manifest.exports).filter(([, value]) => typeof value === 'object');
    const expected = entryPoints.map((room) => [room.entryPoint === '.' ? '.' : `./${room.entryPoint!}`, exported(room)]);
    expect(Object.fromEntries(code)).toEqual(Object.fromEntries(expected));
    const types = Object.entries(manifest.typesVersions['*']).filter(([name]) => !name.startsWith('schema/'));
    const forOldCompilers = entryPoints
      .filter(({ entryPoint }) => entryPoint !== '.')
      .map((room) => [room.entryPoint, [`./dist/cjs/${inFolder(room, 'index.d.ts')}`]]);
    expect(Object.fromEntries(types)).toEqual(Object.fromEntries(forOldCompilers));
  });

  it('has every entry point in the test of the starter projects', () => {
    const subpaths = entryPoints.map(({ entryPoint }) => (entryPoint === '.' ? '.' : `./${entryPoint!}`));
    expect(Object.keys(NAMES).sort()).toEqual(subpaths.sort());
  });

  it('is the map in CONTRIBUTING.md', () => {
    const rows = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| \d+ .*\|$/gm)].map(([row]) => cellsOf(row));
    expect(rows).toEqual(ROOMS.map(mapRow));
  });

  it('names every optional peer of package.json', () => {
    const optional = Object.keys(manifest.peerDependenciesMeta).filter((name) => manifest.peerDependenciesMeta[name]?.optional);
    expect([...new Set(ROOMS.flatMap(({ optionalPeers = [] }) => optionalPeers))].sort()).toEqual(optional.sort());
  });
});
