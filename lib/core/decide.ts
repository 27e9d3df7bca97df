import { ALLOWED, refused, type Decision } from './decision.js';
import type { PermissionSet } from './permission-set.js';
import type { Principal } from './principal.js';
import type { Requirement, RequirementClause } from './requirement.js';

/**
 * Compares what a handler asks for with what the caller holds. The first clause not met decides.
 * @param permissions Needed only where {@link needsPermissions} says so; missing then, nothing is held.
 */
export function decide(
  requirement: Requirement,
  principal: Principal | undefined,
  permissions: PermissionSet | undefined,
): Decision {
  if (requirement.access === 'public') return ALLOWED;
  if (requirement.access === 'optional') return ALLOWED;
  if (principal === undefined) return refused('token_missing');
  if (requirement.access === 'unstated') return refused('no_requirement');
  for (const clause of requirement.clauses) {
    const decision = decideClause(clause, principal, permissions);
    if (!decision.allowed) return decision;
  }
  return ALLOWED;
}

function decideClause(clause: RequirementClause, principal: Principal, permissions: PermissionSet | undefined): Decision {
  switch (clause.among) {
    case 'permissions':
      return decidePermissions(clause, permissions);
    case 'roles':
      return decideNames(clause, principal.roles, 'role_missing');
    case 'scopes':
      return decideNames(clause, principal.scopes, 'scope_missing');
  }
}

function decidePermissions({ need, names }: RequirementClause, held: PermissionSet | undefined): Decision {
  const missing = names.filter((name) => held?.covers(name) !== true);
  if (met(need, missing, names)) return ALLOWED;
  return refused(missing.some((name) => held?.denies(name)) ? 'permission_denied' : 'permission_missing', missing);
}

function decideNames(
  { need, names }: RequirementClause,
  held: readonly string[],
  reason: 'role_missing' | 'scope_missing',
): Decision {
  const missing = names.filter((name) => !held.includes(name));
  return met(need, missing, names) ? ALLOWED : refused(reason, missing);
}

function met(need: 'all' | 'any', missing: readonly string[], names: readonly string[]): boolean {
  if (names.length === 0) return false; // nothing asked for is nothing met: a clause never opens by being empty
  return need === 'all' ? missing.length === 0 : missing.length < names.length;
}
