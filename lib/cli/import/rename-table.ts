import { didYouMean, isPattern, isRecord, patternSegments, shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { nameOf } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';
import { allPrinted } from '../output/text-table.js';
import { readExport } from './export-file.js';
import {
  addEntry,
  importedRole,
  type ImportedRole,
  type ImportedRoles,
  type RenamedPermission,
} from './imported-roles.interface.js';

/** Names of the source to the names in the mapping. */
export interface RenameTable {
  /** Name of the file in messages. */
  readonly source: string;
  readonly permissions: ReadonlyMap<string, readonly string[]>;
  readonly roles: ReadonlyMap<string, string>;
}

/** Reads a file with `permissions` and `roles`, each an object of names. @throws CliError */
export async function readRenameTable(file: string, terminal: Terminal): Promise<RenameTable> {
  const source = nameOf(file);
  const value = await readExport(file, terminal);
  if (!isRecord(value))
    throw new CliError(
      `${source} must be an object with "permissions" or "roles", such as { permissions: { ORDER_READ: orders:read } }.`,
    );
  const unknown = Object.keys(value).find((name) => name !== 'permissions' && name !== 'roles');
  if (unknown !== undefined)
    throw new CliError(
      `${source} has a member ${shown(unknown)}.${didYouMean(unknown, ['permissions', 'roles'])} Allowed: permissions, roles.`,
    );
  return {
    source,
    permissions: new Map(membersOf(value['permissions'], source).map(([from, to]) => [from, targets(from, to, source)])),
    roles: new Map(membersOf(value['roles'], source).map(([from, to]) => [from, role(from, to, source)])),
  };
}

function membersOf(value: unknown, source: string): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (isRecord(value)) return Object.entries(value);
  throw new CliError(`${source}: "permissions" and "roles" must be objects of names, got ${shown(value)}.`);
}

function targets(from: string, to: unknown, source: string): readonly string[] {
  const names: readonly unknown[] = Array.isArray(to) ? to : [to];
  for (const name of names)
    if (patternSegments(name) === undefined)
      throw new CliError(
        `${source}: ${shown(from)} must become a permission such as "orders:read", a pattern or a list of them, got ${shown(name)}.`,
      );
  if (names.length === 0) throw new CliError(`${source}: ${shown(from)} has an empty list. Write at least one permission.`);
  return names as readonly string[];
}

function role(from: string, to: unknown, source: string): string {
  if (typeof to === 'string' && to !== '') return to;
  throw new CliError(`${source}: the role ${shown(from)} must become a name, got ${shown(to)}.`);
}

/**
 * Renames roles and permissions.
 * @throws CliError for a name that the source does not have (a misspelt name would leave a denial unchanged), and if two roles become one.
 */
export function withNewNames(imported: ImportedRoles, table: RenameTable): ImportedRoles {
  const { roles, permissions } = imported;
  const found = new Set([
    ...permissions.keys(),
    ...[...roles.values()].flatMap((entry) => [...entry.permissions, ...entry.deny]),
  ]);
  refuseUnknown('permission', table.permissions.keys(), found, table.source);
  refuseUnknown('role', table.roles.keys(), new Set(roles.keys()), table.source);
  const permissionsOf = (name: string) => table.permissions.get(name) ?? [name];
  const roleOf = (name: string) => table.roles.get(name) ?? name;
  const renamedSet = (names: ReadonlySet<string>) => new Set([...names].flatMap(permissionsOf));
  const renamedRole = (entry: ImportedRole): ImportedRole => {
    const made = importedRole(entry.description);
    for (const effect of ['permissions', 'deny'] as const)
      for (const name of entry[effect])
        for (const when of entry.conditions[effect].get(name) ?? [null])
          for (const to of permissionsOf(name)) addEntry(made, effect, to, when);
    for (const parent of entry.inherits) made.inherits.add(roleOf(parent));
    return made;
  };
  refuseMerged([...roles.keys()], roleOf, table.source);
  return {
    ...imported,
    roles: new Map([...roles].map(([name, entry]) => [roleOf(name), renamedRole(entry)])),
    permissions: cataloguedUnder(permissions, permissionsOf),
    held: imported.held && new Set([...imported.held].map(roleOf)),
    ...(imported.heldBeside !== undefined && { heldBeside: renamedSet(imported.heldBeside) }),
    stated: new Set([...table.permissions.values()].flat()),
    renamed: [...table.permissions, ...table.roles].flatMap(changed),
    doubts: [...(imported.doubts ?? []), ...merged(found, permissionsOf)],
  };
}

function changed([from, to]: readonly [string, string | readonly string[]]): readonly RenamedPermission[] {
  const name = typeof to === 'string' ? to : to.join(', ');
  return name === from ? [] : [{ from, to: name }];
}

function refuseUnknown(kind: string, given: Iterable<string>, found: ReadonlySet<string>, source: string): void {
  for (const name of given)
    if (!found.has(name)) throw new CliError(`${source}: no ${kind} is named ${shown(name)}.${didYouMean(name, found)}`);
}

/** Rejects two roles with one new name: a user who holds one would hold the other. */
function refuseMerged(names: readonly string[], roleOf: (name: string) => string, source: string): void {
  const before = new Map<string, string>();
  for (const name of names) {
    const other = before.get(roleOf(name));
    if (other !== undefined)
      throw new CliError(`${source}: the roles ${shown(other)} and ${shown(name)} would become one, ${shown(roleOf(name))}.`);
    before.set(roleOf(name), name);
  }
}

/** Renames the list of permissions. Leaves out patterns, and keeps the first of two descriptions. */
function cataloguedUnder(
  permissions: ReadonlyMap<string, string>,
  permissionsOf: (name: string) => readonly string[],
): ReadonlyMap<string, string> {
  const listed = new Map<string, string>();
  for (const [name, description] of permissions)
    for (const to of permissionsOf(name)) if (to === name || !isPattern(to)) listed.set(to, listed.get(to) ?? description);
  return listed;
}

function merged(found: ReadonlySet<string>, permissionsOf: (name: string) => readonly string[]): readonly string[] {
  const origins = new Map<string, string[]>();
  for (const name of found) for (const to of permissionsOf(name)) origins.set(to, [...(origins.get(to) ?? []), name]);
  return [...origins]
    .filter(([, names]) => names.length > 1)
    .map(([to, names]) => `${allPrinted(names)} became one permission, ${to}`);
}
