import { isPattern } from '../../core/index.js';
import {
  compileMapping,
  holdingOf,
  MappingSnapshot,
  parseMapping,
  readDocument,
  type MappingDocument,
  type RoleDefinition,
  type RoleEntry,
} from '../../mapping/index.js';
import { carriedOver } from './carry-over.js';
import type { ImportedRole, ImportedRoles, RenamedPermission } from './imported-roles.interface.js';
import { PermissionNames } from './permission-names.js';
import { refuseNewNames } from './refuse-new-names.js';

/** The report about an import. */
export interface ImportReport {
  readonly roles: number;
  readonly permissions: number;
  readonly renamed: readonly RenamedPermission[];
  /** Names changed by --rename. */
  readonly renamedAsTold: readonly RenamedPermission[];
  /** Roles that no user holds, directly or by inheritance; `undefined` if the source does not know its users. */
  readonly unheldRoles: readonly string[] | undefined;
  /** Permissions that no user holds; `undefined` if the source does not know its users. */
  readonly unheldPermissions: readonly string[] | undefined;
  /** Permissions that no role grants. */
  readonly ungrantedPermissions: readonly string[];
  /** Why the source does not know who holds what, if it says so. */
  readonly holdersUnknown?: string | undefined;
  /** What was not imported, as sentences. */
  readonly leftOut: readonly string[];
  /** What was imported and should be checked, as sentences. */
  readonly doubts: readonly string[];
}

/**
 * Makes a mapping from imported roles.
 * @throws CliError if a denial cannot be carried over.
 * @throws MappingError if the roles contradict each other, such as a role that inherits from itself, or if a condition is of another language.
 */
export async function toMapping(
  found: ImportedRoles,
): Promise<{ readonly document: MappingDocument; readonly report: ImportReport }> {
  const imported = carriedOver(found);
  const names = new PermissionNames(permissionsIn(imported), imported.hasPatterns, imported.stated);
  refuseNewNames(imported, names);
  const document = documentOf(imported, names);
  const read = await readDocument({ document }, imported.source);
  const snapshot = new MappingSnapshot(compileMapping(parseMapping(document, imported.source, read)));
  const { leftOut, doubts = [], renamed = [], holdersUnknown } = imported;
  const beside = new Set([...(imported.heldBeside ?? [])].map((name) => names.nameOf(name)));
  return {
    document,
    report: {
      renamed: names.renamed,
      renamedAsTold: renamed,
      leftOut,
      doubts,
      ...(holdersUnknown !== undefined && { holdersUnknown }),
      ...holdings(snapshot, imported.held, beside),
    },
  };
}

function permissionsIn({ roles, permissions }: ImportedRoles): readonly string[] {
  return [...permissions.keys(), ...[...roles.values()].flatMap((role) => [...role.permissions, ...role.deny])];
}

function documentOf({ roles, permissions }: ImportedRoles, names: PermissionNames): MappingDocument {
  const catalogue = [...permissions].map(([name, description]) => [names.nameOf(name), description] as const);
  return {
    // fromEntries() creates own members, also for a name such as __proto__.
    roles: Object.fromEntries(byName([...roles].map(([name, role]) => [name, definitionOf(role, names)] as const))),
    ...(catalogue.length > 0 && { permissions: Object.fromEntries(byName(catalogue)) }),
  };
}

function definitionOf(role: ImportedRole, names: PermissionNames): RoleDefinition {
  const { description, deny, inherits } = role;
  return {
    ...(description !== undefined && description !== '' && { description }),
    ...(inherits.size > 0 && { inherits: [...inherits].sort() }),
    permissions: entriesOf(role, 'permissions', names),
    ...(deny.size > 0 && { deny: entriesOf(role, 'deny', names) }),
  };
}

function entriesOf(role: ImportedRole, effect: 'permissions' | 'deny', names: PermissionNames): readonly RoleEntry[] {
  const entries = [...role[effect]].map((name) => [names.nameOf(name), role.conditions[effect].get(name) ?? [null]] as const);
  return byName(entries).flatMap(([permission, conditions]) =>
    [...conditions].sort().map((when) => (when === null ? permission : { permission, when })),
  );
}

function byName<Value>(entries: readonly (readonly [string, Value])[]): readonly (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

type Holdings = Omit<ImportReport, 'renamed' | 'renamedAsTold' | 'leftOut' | 'doubts'>;

function holdings(snapshot: MappingSnapshot, held: ReadonlySet<string> | undefined, beside: ReadonlySet<string>): Holdings {
  const roles = snapshot.roleNames();
  const permissions = snapshot.compiled.entries.filter((entry) => !isPattern(entry));
  const heldByAny = held && withParents(snapshot, held);
  const gives = (names: Iterable<string>) => {
    const all = [...names];
    return (permission: string) => all.some((name) => holdingOf(snapshot, [name], permission) !== 'missing');
  };
  const isHeld = held && gives(held);
  return {
    roles: roles.length,
    permissions: permissions.length,
    unheldRoles: heldByAny && roles.filter((name) => !heldByAny.has(name)),
    unheldPermissions: isHeld && permissions.filter((name) => !isHeld(name) && !beside.has(name)),
    ungrantedPermissions: permissions.filter((name) => !snapshot.grantsToAnyone(name)),
  };
}

function withParents(snapshot: MappingSnapshot, held: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(held);
  // Iterating a Set includes elements that are added meanwhile.
  for (const name of all) for (const parent of snapshot.role(name)?.inherits ?? []) all.add(parent);
  return all;
}
