import { COMPUTED, importsOf, packageOf, targetOf } from './imports.js';
import { ROOMS, type Room } from './rooms.js';

/** The files of `lib/` itself. */
const ROOT = '';

type Sources = ReadonlyMap<string, string>;

/** Returns a sentence for every import that the layers forbid. `sources`: the files of `lib/` by path. */
export function breaches(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, source]) => {
    const room = roomNamed(folderOf(file));
    if (room === undefined) return [`${file} is in a folder that .config/rooms.json does not name`];
    return importsOf(file, source).flatMap(({ specifier }) => {
      const fault = faultOf(room, file, specifier);
      return fault === undefined ? [] : [`${file} imports ${specifier}: ${fault}`];
    });
  });
}

/** Returns every cycle of imports, those of types included, as the files that it leads through. */
export function cycles(sources: Sources): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targetsOf(file, sources)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}

function targetsOf(file: string, sources: Sources): readonly string[] {
  return importsOf(file, sources.get(file) ?? '').flatMap(({ specifier }) => {
    const target = targetOf(file, specifier);
    return target === undefined || !sources.has(target) ? [] : [target];
  });
}

function faultOf(from: Room, file: string, specifier: string): string | undefined {
  if (specifier === COMPUTED) return computedFault(from, file);
  const target = targetOf(file, specifier);
  if (target === undefined) return mayLoad(from, packageOf(specifier)) ? undefined : 'not in the list of its room';
  if (target === 'index.ts') return 'the main entry point is for applications';
  const to = folderOf(target);
  if (to === from.folder) return isEntryFile(target) ? 'inside a room, import the file itself' : undefined;
  if (!from.imports.includes(to)) return 'the list of rooms does not allow it';
  return to === ROOT || isEntryFile(target) ? undefined : 'enter another room by its index.ts';
}

function mayLoad({ packages, optionalPeers = [] }: Room, name: string): boolean {
  return packages.includes(name) || optionalPeers.includes(name);
}

function computedFault({ folder, computedImports = [] }: Room, file: string): string | undefined {
  return computedImports.some((name) => file === `${folder}/${name}`) ? undefined : 'a computed import cannot be checked';
}

/** Returns the room of a file; if the list has no room for the file, its first folder. */
export function folderOf(file: string): string {
  const room = ROOMS.find(({ folder }) => folder !== ROOT && file.startsWith(`${folder}/`));
  return room?.folder ?? (file.includes('/') ? file.slice(0, file.indexOf('/')) : ROOT);
}

function roomNamed(name: string): Room | undefined {
  return ROOMS.find(({ folder }) => folder === name);
}

/** Whether a file is `index.ts`, or one of the files that the list names as entry files. */
function isEntryFile(file: string): boolean {
  const folder = folderOf(file);
  return ['index.ts', ...(roomNamed(folder)?.entryFiles ?? [])].some((name) => file === `${folder}/${name}`);
}
