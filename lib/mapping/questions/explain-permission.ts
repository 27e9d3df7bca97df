import { isPattern, nearMiss, type AuthContextClause, type Condition } from '../../core/index.js';
import { holdingCondition } from './conditions/holding-condition.js';
import { neverApplies } from './conditions/rule-conditions.js';
import { coversEntry } from './entry-coverage.js';
import type { ParsedEntry } from '../document/parse-entries.js';
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
  /** Whether the roles hold the permission for every resource, principal and context. */
  readonly held: boolean;
  /** Whether the roles hold the permission only under a condition. False if `held`, and if no condition can be met. */
  readonly depends: boolean;
  /** How a caller must have authenticated to use the permission. A token without that is refused although the permission is held. */
  readonly stepUp: AuthContextClause | undefined;
  /** Every rule of the roles that applies to the permission. A denying rule decides; otherwise one allowing rule suffices. */
  readonly rules: readonly PermissionRule[];
  readonly unknownRoles: readonly UnknownRole[];
  /** The most similar permission, if the mapping does not name the permission and no rule applies to it. */
  readonly meant: string | undefined;
  /** The roles that each give the permission alone, perhaps under a condition. Empty if the given roles hold it. */
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
  /** The roles that each give the permission alone, perhaps under a condition. */
  readonly grantedBy: readonly RoleRules[];
  /** The roles that deny the permission, perhaps under a condition. Where they do, a caller lacks it, whatever other roles grant. */
  readonly deniedBy: readonly RoleRules[];
  /** How a caller must have authenticated to use the permission. */
  readonly stepUp: AuthContextClause | undefined;
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
  return {
    permission,
    grantedBy: roles.filter(({ rules }) => mayHold(rules)),
    deniedBy: roles.filter(({ rules }) => rules.some(({ effect }) => effect === 'deny')),
    stepUp: snapshot.compiled.stepUps.get(permission),
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
  const holding = holdingOf(snapshot, roles, permission, tenant);
  const held = holding === 'held';
  const rules = rulesOf(snapshot, roles, permission, tenant);
  const names = allRoleNames(snapshot, tenant);
  return {
    permission,
    held,
    depends: holding === 'depends',
    stepUp: snapshot.compiled.stepUps.get(permission),
    rules,
    unknownRoles: [...new Set(roles)]
      .filter((name) => !snapshot.hasRole(name, tenant))
      .map((name) => ({ name, meant: nearMiss(name, names) })),
    meant: rules.length > 0 ? undefined : meantPermission(snapshot, permission),
    givenBy: held ? [] : [...names].filter((name) => holdingOf(snapshot, [name], permission, tenant) !== 'missing'),
  };
}

/** Whether roles hold a permission for every resource, only under a condition, or not at all. */
export type Holding = 'held' | 'depends' | 'missing';

/** Returns whether roles hold a permission. */
export function holdingOf(snapshot: MappingSnapshot, roles: readonly string[], permission: string, tenant?: string): Holding {
  const set = snapshot.permissionsFor(roles, tenant);
  if (set.holds(permission)) return 'held';
  const isConditional = set.conditionalGrants.length + set.conditionalDenials.length > 0;
  return isConditional && mayHold(rulesOf(snapshot, roles, permission, tenant)) ? 'depends' : 'missing';
}

/** Whether rules give the permission, perhaps under a condition. */
function mayHold(rules: readonly PermissionRule[]): boolean {
  return !neverApplies('allow', holdingCondition(rules));
}

/** Returns the rules of roles that apply to a permission, along the shortest chain of inheritance to each role, breadth first. */
export function rulesOf(
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
    rules.push(...applying(role.permissions, permission).map((rule): PermissionRule => ({ effect: 'allow', ...rule, ...of })));
    rules.push(...applying(role.deny, permission).map((rule): PermissionRule => ({ effect: 'deny', ...rule, ...of })));
    for (const parent of role.inherits) if (!ways.has(parent)) ways.set(parent, [...path, parent]);
  }
  return rules;
}

function applying(
  entries: readonly ParsedEntry[],
  permission: string,
): readonly Pick<PermissionRule, 'entry' | 'when' | 'condition'>[] {
  return entries
    .map((entry) =>
      typeof entry === 'string'
        ? { entry, when: undefined, condition: undefined }
        : { entry: entry.permission, when: entry.when, condition: entry.condition },
    )
    .filter(({ entry }) => coversEntry(entry, permission));
}

function allRoleNames(snapshot: MappingSnapshot, tenant: string | undefined): ReadonlySet<string> {
  return new Set([...snapshot.roleNames(), ...(tenant === undefined ? [] : snapshot.roleNames(tenant))]);
}

function meantPermission({ compiled }: MappingSnapshot, permission: string): string | undefined {
  const names = compiled.entries.filter((entry) => !isPattern(entry));
  return names.includes(permission) ? undefined : nearMiss(permission, names);
}
