import { isPattern, nearMiss, type Condition, type ConditionalRule } from '../../core/index.js';
import { coversEntry } from './entry-coverage.js';
import { permissionOf, type ParsedEntry } from '../document/parse-entries.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** One entry of a role that applies to a permission. */
export interface PermissionRule {
  readonly effect: 'allow' | 'deny';
  /** The permission or pattern as written in the role. */
  readonly entry: string;
  /** The chain of inheritance from the role in question to the role with the entry. */
  readonly path: readonly string[];
  /** The tenant whose own definition has the entry; `undefined` for the common definition. */
  readonly tenant: string | undefined;
  /** The condition as written; `undefined` if the rule always applies. */
  readonly when: string | undefined;
  readonly condition: Condition | undefined;
}

/** A role that the mapping does not have. */
export interface UnknownRole {
  readonly name: string;
  /** The most similar role of the mapping. */
  readonly meant: string | undefined;
}

/** Why a set of roles holds or lacks a permission. */
export interface PermissionExplanation {
  readonly permission: string;
  /** Whether a service finds that the roles hold the permission. */
  readonly held: boolean;
  /** Every rule of the roles that applies to the permission. A denying rule decides; otherwise one allowing rule suffices. */
  readonly rules: readonly PermissionRule[];
  readonly unknownRoles: readonly UnknownRole[];
  /** The most similar permission, if the mapping does not name the permission and no rule applies to it. */
  readonly meant: string | undefined;
  /** The roles that each give the permission alone; empty if the given roles hold it. */
  readonly givenBy: readonly string[];
}

/** A role and its rules that apply to a permission. */
export interface RoleRules {
  readonly role: string;
  readonly rules: readonly PermissionRule[];
}

/** Which roles decide about a permission. */
export interface PermissionRoles {
  readonly permission: string;
  /** The roles that each give the permission alone. */
  readonly grantedBy: readonly RoleRules[];
  /** The roles that deny the permission. A caller with one of them lacks it, whatever other roles grant. */
  readonly deniedBy: readonly RoleRules[];
  /** The most similar permission, if the mapping does not name the permission. A pattern may still cover it. */
  readonly meant: string | undefined;
}

/**
 * Finds the roles that give a permission, and those that deny it.
 * @param tenant Tenant whose own roles replace the common ones.
 */
export function explainRoles(snapshot: MappingSnapshot, permission: string, tenant?: string): PermissionRoles {
  const roles = Array.from(allRoleNames(snapshot, tenant), (role) => ({
    role,
    rules: rulesOf(snapshot, [role], permission, tenant),
  })).filter(({ rules }) => rules.length > 0);
  const denies = ({ rules }: RoleRules) => rules.some(({ effect }) => effect === 'deny');
  return {
    permission,
    grantedBy: roles.filter((role) => !denies(role)),
    deniedBy: roles.filter(denies),
    meant: meantPermission(snapshot, permission),
  };
}

/**
 * Explains whether roles hold a permission, with the decision that a service makes.
 * @param tenant Tenant whose own roles replace the common ones.
 */
export function explainPermission(
  snapshot: MappingSnapshot,
  roles: readonly string[],
  permission: string,
  tenant?: string,
): PermissionExplanation {
  const held = snapshot.permissionsFor(roles, tenant).covers(permission);
  const rules = rulesOf(snapshot, roles, permission, tenant);
  const names = allRoleNames(snapshot, tenant);
  return {
    permission,
    held,
    rules,
    unknownRoles: [...new Set(roles)]
      .filter((name) => !snapshot.hasRole(name, tenant))
      .map((name) => ({ name, meant: nearMiss(name, names) })),
    meant: rules.length > 0 ? undefined : meantPermission(snapshot, permission),
    givenBy: held ? [] : [...names].filter((name) => snapshot.permissionsFor([name], tenant).covers(permission)),
  };
}

/** Finds the rules along the shortest chain of inheritance to each role, breadth first. */
function rulesOf(
  snapshot: MappingSnapshot,
  roles: readonly string[],
  permission: string,
  tenant: string | undefined,
): readonly PermissionRule[] {
  const own = new Set(tenant === undefined ? [] : snapshot.roleNames(tenant));
  const ways = new Map(roles.map((name) => [name, [name]]));
  const rules: PermissionRule[] = [];
  // Iterating over a Map also visits entries that are added meanwhile.
  for (const [name, path] of ways) {
    const role = snapshot.role(name, tenant);
    if (role === undefined) continue;
    const of = { path, tenant: own.has(name) ? tenant : undefined };
    const applying = (effect: PermissionRule['effect'], entries: readonly ParsedEntry[]) =>
      entries
        .filter((entry) => coversEntry(permissionOf(entry), permission))
        .map((entry) => ({
          effect,
          entry: permissionOf(entry),
          when: conditionalOf(entry)?.when,
          condition: conditionalOf(entry)?.condition,
          ...of,
        }));
    rules.push(...applying('allow', role.permissions), ...applying('deny', role.deny));
    for (const parent of role.inherits) if (!ways.has(parent)) ways.set(parent, [...path, parent]);
  }
  return rules;
}

function allRoleNames(snapshot: MappingSnapshot, tenant: string | undefined): ReadonlySet<string> {
  return new Set([...snapshot.roleNames(), ...(tenant === undefined ? [] : snapshot.roleNames(tenant))]);
}

function meantPermission({ compiled }: MappingSnapshot, permission: string): string | undefined {
  const names = compiled.entries.filter((entry) => !isPattern(entry));
  return names.includes(permission) ? undefined : nearMiss(permission, names);
}

function conditionalOf(entry: ParsedEntry): ConditionalRule | undefined {
  return typeof entry === 'string' ? undefined : entry;
}
