import { readClaim } from './claims/claim-path.js';
import type { ConditionFacts } from './conditions/condition-facts.interface.js';
import type { DecisionFacts } from './decision-facts.interface.js';
import { ALLOWED, refused, type Decision } from './decision.js';
import type { PermissionJudgement, PermissionSet } from './permissions/permission-set.js';
import type { Principal } from './principal.js';
import type { RefusalReason } from './reason.js';
import type { AuthContextClause, NamesClause, Requirement, RequirementClause } from './requirement.js';
import { unreadableFor } from './claims/unreadable-claim.js';

/** Whether the requirement asks for no token. */
function isOpen(requirement: Requirement): requirement is Extract<Requirement, { access: 'public' | 'task' | 'optional' }> {
  return requirement.access === 'public' || requirement.access === 'task' || requirement.access === 'optional';
}

/**
 * Compares what a handler requires with what the caller holds. The first unmet clause decides. A clause that depends on the resource comes after
 * those that do not, so that nothing is loaded for a caller who is refused anyway. Step-up authentication comes last, since a caller who lacks
 * anything else must not be asked to authenticate again.
 * @param permissions Needed only if {@link needsPermissions} is true. `undefined` counts as no permissions.
 */
export function decide(
  requirement: Requirement,
  principal: Principal | undefined,
  permissions: PermissionSet | undefined,
  facts: DecisionFacts,
): Decision {
  if (isOpen(requirement)) return ALLOWED;
  if (principal === undefined) return refused('token_missing');
  if (requirement.access === 'unstated') return refused('no_requirement');
  return decideClauses(requirement.clauses, principal, permissions, facts);
}

function decideClauses(
  clauses: readonly RequirementClause[],
  principal: Principal,
  permissions: PermissionSet | undefined,
  facts: DecisionFacts,
): Decision {
  let last: Decision = ALLOWED;
  for (const clause of clauses) {
    const decision = decideClause(clause, principal, permissions, facts);
    if (decision.allowed) continue;
    if (rankOf(decision) === 0) return decision;
    if (rankOf(decision) < rankOf(last)) last = decision;
  }
  return last;
}

/** The lowest rank decides. */
function rankOf(decision: Decision): number {
  if (decision.allowed) return 3;
  if (decision.reason === 'resource_required') return 1;
  return decision.reason === 'authentication_insufficient' ? 2 : 0;
}

function decideClause(
  clause: RequirementClause,
  principal: Principal,
  permissions: PermissionSet | undefined,
  facts: DecisionFacts,
): Decision {
  // Even if the readable names suffice: the unreadable part may contain a denial.
  if (clause.among !== 'authentication' && unreadableFor(principal, clause.among) !== undefined)
    return refused('claim_unreadable', undefined, clause.names);
  switch (clause.among) {
    case 'permissions':
      return decidePermissions(clause, principal, permissions, facts);
    case 'roles':
      return decideNames(clause, principal.roles, 'role_missing');
    case 'scopes':
      return decideNames(clause, principal.scopes, 'scope_missing');
    case 'authentication':
      return decideAuthContext(clause, principal, facts.nowSeconds);
  }
}

function decidePermissions(
  clause: NamesClause,
  principal: Principal,
  held: PermissionSet | undefined,
  facts: DecisionFacts,
): Decision {
  const uncovered = clause.names.filter((name) => held?.covers(name) !== true);
  if (met(clause, uncovered)) return ALLOWED;
  // Without conditions and step-up nothing else can change the decision, and a refusal costs no more than it did without them.
  if (held?.isPlain !== false) return refused(plainReason(held, uncovered), clause, uncovered);
  // A handler that filters is open to callers who hold the permission for some resources.
  const about = factsFor(principal, clause.isFiltered === true ? { ...facts, resource: undefined } : facts);
  const judged = uncovered.map((name) => ({ name, judgement: judge(clause, held, name, about) }));
  const missing = judged.filter(({ judgement }) => judgement !== 'held').map(({ name }) => name);
  const isHeld = met(clause, missing);
  if (!isHeld) return refused(reasonOf(clause, new Set(judged.map(({ judgement }) => judgement))), clause, missing);
  return decideStepUp(
    clause,
    judged.flatMap(({ name, judgement }) => (judgement === 'held' ? [held.stepUpFor(name)] : [])),
    principal,
    facts,
  );
}

function plainReason(held: PermissionSet | undefined, missing: readonly string[]): RefusalReason {
  return missing.some((name) => held?.denies(name)) ? 'permission_denied' : 'permission_missing';
}

/** Judges one permission. */
function judge(
  { isFiltered = false }: NamesClause,
  held: PermissionSet,
  name: string,
  facts: ConditionFacts,
): PermissionJudgement {
  const judgement = held.judge(name, facts);
  return isFiltered && judgement === 'undecided' ? 'held' : judgement;
}

/** Decides about the authentication that held permissions require: for all of them, or for any. */
function decideStepUp(
  { need }: NamesClause,
  stepUps: readonly (AuthContextClause | undefined)[],
  principal: Principal,
  { nowSeconds }: DecisionFacts,
): Decision {
  const decisions = stepUps.map((stepUp) => (stepUp === undefined ? ALLOWED : decideAuthContext(stepUp, principal, nowSeconds)));
  const unmet = decisions.find(({ allowed }) => !allowed);
  if (unmet === undefined || (need === 'any' && decisions.some(({ allowed }) => allowed))) return ALLOWED;
  return unmet;
}

/** Returns what conditions may read. */
export function factsFor(principal: Principal, { nowSeconds, resource, context, onMisfit }: DecisionFacts): ConditionFacts {
  const now = nowSeconds * 1000;
  if (context === undefined) return { principal, resource, context: NO_CONTEXT, now, onMisfit };
  return {
    principal,
    resource,
    get context() {
      return context();
    },
    now,
    onMisfit,
  };
}

const NO_CONTEXT: Readonly<Record<string, unknown>> = Object.freeze({});

/** Whether a permission is missing for good, whatever the resource. */
function isDefinite(judgements: ReadonlySet<PermissionJudgement>): boolean {
  return judgements.has('missing') || judgements.has('denied') || judgements.has('unmet');
}

/**
 * Returns the reason for the permissions that are not held. `resource_required` only if a resource could change the decision: with all names
 * required, no other name is missing for good.
 */
function reasonOf({ need }: NamesClause, judgements: ReadonlySet<PermissionJudgement>): RefusalReason {
  const isOpen = judgements.has('undecided') && (need === 'any' || !isDefinite(judgements));
  if (isOpen) return 'resource_required';
  if (judgements.has('denied')) return 'permission_denied';
  return judgements.has('missing') || !judgements.has('unmet') ? 'permission_missing' : 'condition_unmet';
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
