import { readClaim } from './claims/claim-path.js';
import { ALLOWED, refused, type Decision } from './decision.js';
import type { PermissionSet } from './permissions/permission-set.js';
import type { Principal } from './principal.js';
import type { AuthContextClause, NamesClause, Requirement, RequirementClause } from './requirement.js';
import { unreadableFor } from './claims/unreadable-claim.js';

/** Whether the requirement asks for no token. */
function isOpen(requirement: Requirement): requirement is Extract<Requirement, { access: 'public' | 'task' | 'optional' }> {
  return requirement.access === 'public' || requirement.access === 'task' || requirement.access === 'optional';
}

/**
 * Compares what a handler requires with what the caller holds. The first unmet clause decides.
 * @param permissions Needed only if {@link needsPermissions} is true. `undefined` counts as no permissions.
 * @param nowSeconds Seconds since 1970.
 */
export function decide(
  requirement: Requirement,
  principal: Principal | undefined,
  permissions: PermissionSet | undefined,
  nowSeconds: number,
): Decision {
  if (isOpen(requirement)) return ALLOWED;
  if (principal === undefined) return refused('token_missing');
  if (requirement.access === 'unstated') return refused('no_requirement');
  for (const clause of requirement.clauses) {
    const decision = decideClause(clause, principal, permissions, nowSeconds);
    if (!decision.allowed) return decision;
  }
  return ALLOWED;
}

function decideClause(
  clause: RequirementClause,
  principal: Principal,
  permissions: PermissionSet | undefined,
  nowSeconds: number,
): Decision {
  // Even if the readable names suffice: the unreadable part may contain a denial.
  if (clause.among !== 'authentication' && unreadableFor(principal, clause.among) !== undefined)
    return refused('claim_unreadable', undefined, clause.names);
  switch (clause.among) {
    case 'permissions':
      return decidePermissions(clause, permissions);
    case 'roles':
      return decideNames(clause, principal.roles, 'role_missing');
    case 'scopes':
      return decideNames(clause, principal.scopes, 'scope_missing');
    case 'authentication':
      return decideAuthContext(clause, principal, nowSeconds);
  }
}

function decidePermissions(clause: NamesClause, held: PermissionSet | undefined): Decision {
  const missing = clause.names.filter((name) => held?.covers(name) !== true);
  if (met(clause, missing)) return ALLOWED;
  const isDenied = missing.some((name) => held?.denies(name));
  return refused(isDenied ? 'permission_denied' : 'permission_missing', clause, missing);
}

function decideNames(clause: NamesClause, held: readonly string[], reason: 'role_missing' | 'scope_missing'): Decision {
  const missing = clause.names.filter((name) => !held.includes(name));
  return met(clause, missing) ? ALLOWED : refused(reason, clause, missing);
}

function met({ need, names }: NamesClause, missing: readonly string[]): boolean {
  if (names.length === 0) return false; // fail closed: an empty clause is never met
  return need === 'all' ? missing.length === 0 : missing.length < names.length;
}

/** Refuses a token without `acr` or `auth_time` if the clause asks for them (RFC 9470 section 4). */
function decideAuthContext(clause: AuthContextClause, { claims }: Principal, nowSeconds: number): Decision {
  const acr = readClaim(claims, ['acr']);
  const authTime = readClaim(claims, ['auth_time']);
  const isStrong = clause.acr.length === 0 || clause.acr.includes(acr as string);
  const isRecent = clause.maxAgeSeconds === undefined || isWithin(authTime, clause.maxAgeSeconds, nowSeconds);
  return isStrong && isRecent ? ALLOWED : refused('authentication_insufficient', clause);
}

/** Largest difference accepted between the clocks of issuer and service, in seconds. A later `auth_time`, or one in milliseconds, would stay recent forever. */
const CLOCK_TOLERANCE_SECONDS = 300;

function isWithin(authTime: unknown, maxAgeSeconds: number, nowSeconds: number): boolean {
  if (typeof authTime !== 'number' || !Number.isFinite(authTime)) return false;
  const age = nowSeconds - authTime;
  return age <= maxAgeSeconds && age >= -CLOCK_TOLERANCE_SECONDS;
}
