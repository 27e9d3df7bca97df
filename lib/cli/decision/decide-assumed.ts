import {
  decide,
  explainCondition,
  factsFor,
  type ConditionFacts,
  type DecisionFacts,
  type ExplainedCondition,
  type PermissionSet,
  type Principal,
  type RefusalReason,
} from '../../core/index.js';
import type { MappingSnapshot, PermissionRule } from '../../mapping/index.js';
import { assumedFacts, assumedPrincipal, type AssumedCall } from './assumed-call.js';

/** A rule of the caller's roles, with the result of its condition. */
export interface DecidedRule extends Omit<PermissionRule, 'condition'> {
  /** `undefined`: the rule has no condition. */
  readonly condition: ExplainedCondition | undefined;
}

/** A caller with the facts of a call, about whom a mapping decides as a service does. */
export class AssumedCaller {
  private readonly principal: Principal;
  private readonly facts: DecisionFacts;
  private readonly permissions: PermissionSet;

  /** @throws CliError if the claims cannot be used. */
  constructor(snapshot: MappingSnapshot, call: AssumedCall) {
    this.principal = assumedPrincipal(call);
    this.facts = assumedFacts(call);
    this.permissions = snapshot.permissionsFor(this.principal.roles, this.principal.tenant);
  }

  /** Returns why the caller is refused, as a service logs it; `undefined` if the call is allowed. */
  refusalOf(permission: string): RefusalReason | undefined {
    const clauses = [{ among: 'permissions', need: 'all', names: [permission] }] as const;
    const decision = decide({ access: 'authenticated', clauses }, this.principal, this.permissions, this.facts);
    return decision.allowed ? undefined : decision.reason;
  }

  /** Adds the results of the conditions to rules. */
  decided(rules: readonly PermissionRule[]): readonly DecidedRule[] {
    const facts = factsFor(this.principal, this.facts);
    return rules.map((rule) => decided(rule, facts));
  }
}

/** Adds the result of the condition to a rule. */
export function decided({ condition, ...rule }: PermissionRule, facts: ConditionFacts): DecidedRule {
  return { ...rule, condition: condition && explainCondition(condition, facts) };
}

/** Whether a rule applies. A denial applies unless its condition is false. */
export function applies({ effect, condition }: Pick<DecidedRule, 'effect' | 'condition'>): boolean {
  if (condition === undefined) return true;
  return effect === 'allow' ? condition.result === 'true' : condition.result !== 'false';
}
