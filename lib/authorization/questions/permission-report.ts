import {
  decide,
  explainCondition,
  factsFor,
  PatternMatcher,
  type DecisionFacts,
  type ExplainedCondition,
  type PermissionSet,
  type Principal,
  type RefusalReason,
} from '../../core/index.js';
import { explainPermission, type MappingSnapshot, type PermissionRule } from '../../mapping/index.js';

/** A grant or denial that applies to a permission. */
export interface ReportedRule {
  readonly effect: 'allow' | 'deny';
  /** The permission or pattern as written in the role. */
  readonly entry: string;
  /** The chain of inheritance from a role of the caller to the role with the entry. Empty if the application's own provider gave the entry. */
  readonly path: readonly string[];
  /** The tenant whose own definition has the entry; `undefined` for the common definition. */
  readonly tenant: string | undefined;
  /** The condition as written in the mapping; `undefined` if the rule always applies. */
  readonly when: string | undefined;
  /** The result of the condition and of its parts. A grant applies if it is true, a denial unless it is false. */
  readonly condition: ExplainedCondition | undefined;
}

/** Why a caller has or lacks a permission. Contains values of the token and the resource, shortened. */
export interface PermissionReport {
  readonly permission: string;
  readonly allowed: boolean;
  /** Why not; `undefined` if allowed. */
  readonly reason: RefusalReason | undefined;
  /** Revision of the mapping. */
  readonly revision: string;
  readonly rules: readonly ReportedRule[];
  /** Roles that each give the permission alone, perhaps under a condition. Empty if the caller has the permission. */
  readonly grantedBy: readonly string[];
}

/** What a report is made of. */
export interface ReportedCaller {
  readonly principal: Principal | undefined;
  readonly permissions: PermissionSet;
  /** The mapping that gave the permissions; `undefined` with the application's own provider. */
  readonly mapping: MappingSnapshot | undefined;
}

/** Explains why a caller has or lacks a permission, by the decision that `can()` makes. */
export function reportOn(
  { principal, permissions, mapping }: ReportedCaller,
  permission: string,
  facts: DecisionFacts,
): PermissionReport {
  const clauses = [{ among: 'permissions', need: 'all', names: [permission] }] as const;
  const decision = decide({ access: 'authenticated', clauses }, principal, permissions, facts);
  const found = principal && mapping && explainPermission(mapping, principal.roles, permission, principal.tenant);
  return {
    permission,
    allowed: decision.allowed,
    reason: decision.allowed ? undefined : decision.reason,
    revision: permissions.revision,
    rules:
      principal === undefined
        ? []
        : (found?.rules ?? rulesOf(permissions, permission)).map((rule) => reported(rule, principal, facts)),
    grantedBy: decision.allowed ? [] : (found?.givenBy ?? []),
  };
}

function reported({ condition, ...rule }: PermissionRule, principal: Principal, facts: DecisionFacts): ReportedRule {
  return { ...rule, condition: condition && explainCondition(condition, factsFor(principal, facts)) };
}

/** Returns the rules of a set that the application's own provider gave: without roles. */
function rulesOf({ granted, denied }: PermissionSet, permission: string): readonly PermissionRule[] {
  const applying = (entries: readonly string[], effect: PermissionRule['effect']) =>
    entries
      .filter((entry) => new PatternMatcher([entry]).matches(permission))
      .map((entry) => ({ effect, entry, path: [], tenant: undefined, when: undefined, condition: undefined }));
  return [...applying(granted, 'allow'), ...applying(denied, 'deny')];
}
