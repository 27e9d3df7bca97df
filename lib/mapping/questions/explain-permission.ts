import { isPattern, nearMiss } from '../../core/index.js';
import { coversEntry } from './entry-coverage.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** One entry of a role that speaks of the permission asked for. */
export interface PermissionRule {
  readonly effect: 'allow' | 'deny';
  /** The permission or pattern as the role has it. */
  readonly entry: string;
  /** From the role asked about, over those inherited from, to the one that has the entry. */
  readonly path: readonly string[];
  /** The tenant whose definition of the role has it; `undefined`: the one for all. */
  readonly tenant: string | undefined;
}

/** A role that the mapping does not have. */
export interface UnknownRole {
  readonly name: string;
  /** The role that was most likely meant. */
  readonly meant: string | undefined;
}

/** Why a set of roles holds or lacks a permission. */
export interface PermissionExplanation {
  readonly permission: string;
  /** As a service decides it. */
  readonly held: boolean;
  /** Every rule of the roles that speaks of the permission. One that denies decides, otherwise any that allows. */
  readonly rules: readonly PermissionRule[];
  readonly unknownRoles: readonly UnknownRole[];
  /** The permission that was most likely meant, where the mapping does not name the one asked for and no rule speaks of it. */
  readonly meant: string | undefined;
  /** The roles that give the permission each by itself, where the roles asked about do not. */
  readonly givenBy: readonly string[];
}

/** A role, and its rules that speak of the permission. */
export interface RoleRules {
  readonly role: string;
  readonly rules: readonly PermissionRule[];
}

/** Which roles decide about a permission. */
export interface PermissionRoles {
  readonly permission: string;
  /** The roles that give the permission, each by itself. */
  readonly grantedBy: readonly RoleRules[];
  /** The roles that deny the permission. A caller with one of them lacks it, whatever other roles grant. */
  readonly deniedBy: readonly RoleRules[];
  /** The permission that was most likely meant, where the mapping does not name the one asked for: a pattern may still cover it. */
  readonly meant: string | undefined;
}

/**
 * Finds the roles that give a permission, and those that deny it.
 * @param tenant Whose roles count before those for all.
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
 * Explains what a service decides.
 * @param tenant Whose roles count before those for all.
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

/** The shortest way to each role, breadth first. */
function rulesOf(
  snapshot: MappingSnapshot,
  roles: readonly string[],
  permission: string,
  tenant: string | undefined,
): readonly PermissionRule[] {
  const own = new Set(tenant === undefined ? [] : snapshot.roleNames(tenant));
  const ways = new Map(roles.map((name) => [name, [name]]));
  const rules: PermissionRule[] = [];
  // A Map is walked in order of insertion, what is added on the way included.
  for (const [name, path] of ways) {
    const role = snapshot.role(name, tenant);
    if (role === undefined) continue;
    const of = { path, tenant: own.has(name) ? tenant : undefined };
    const speaking = (entries: readonly string[]) => entries.filter((entry) => coversEntry(entry, permission));
    for (const entry of speaking(role.permissions)) rules.push({ effect: 'allow', entry, ...of });
    for (const entry of speaking(role.deny)) rules.push({ effect: 'deny', entry, ...of });
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
