import { BoundedMap } from '../bounded-map.js';
import { combine, whenFalse, whenTrue, type BoundTest } from '../filters/bind-condition.js';
import { PatternMatcher } from '../permissions/pattern-matcher.js';
import type { ConditionFacts } from './condition-facts.interface.js';
import type { ConditionalRule } from './conditional-permission.interface.js';
import { evaluateSafely } from './evaluate-safely.js';

/** What conditional rules say about a permission. `open`: no rule decides. */
export type ConditionalJudgement = 'granted' | 'denied' | 'unmet' | 'undecided' | 'open';

/** The rules that apply to one permission. */
interface Applying {
  readonly grants: readonly ConditionalRule[];
  readonly denials: readonly ConditionalRule[];
}

/** Most permissions whose rules are remembered. */
const MAX_PERMISSIONS = 1000;

/** The conditional grants and denials of a caller's roles. */
export class ConditionalRules {
  private readonly applying = new BoundedMap<string, Applying>(MAX_PERMISSIONS);

  constructor(
    readonly grants: readonly ConditionalRule[],
    readonly denials: readonly ConditionalRule[],
  ) {}

  /**
   * Decides about a permission.
   * @param isGranted Whether an unconditional grant covers the permission. No unconditional denial does.
   */
  judge(permission: string, isGranted: boolean, facts: ConditionFacts): ConditionalJudgement {
    const { grants, denials } = this.applyingTo(permission);
    if (denials.length + grants.length === 0) return 'open';
    if (facts.resource === undefined) return this.judgeWithout(permission, isGranted, facts);
    // Not knowing whether a denial applies denies.
    if (denials.some((denial) => evaluateSafely(denial.condition, facts) !== false)) return 'denied';
    if (isGranted || grants.some((grant) => evaluateSafely(grant.condition, facts) === true)) return 'granted';
    return grants.length > 0 ? 'unmet' : 'open';
  }

  /** Returns for which resources the caller has the permission. */
  select(permission: string, isGranted: boolean, facts: ConditionFacts): BoundTest {
    const { grants, denials } = this.applyingTo(permission);
    return combine('and', [
      ...denials.map(({ condition }) => whenFalse(condition, facts)),
      isGranted || combine('or', grants.map(({ condition }) => whenTrue(condition, facts))), // prettier-ignore
    ]);
  }

  /** Returns the rules that cover a permission. */
  applyingTo(permission: string): Applying {
    let found = this.applying.get(permission);
    if (found === undefined) {
      const covers = (rule: ConditionalRule) => new PatternMatcher([rule.permission]).matches(permission);
      found = { grants: this.grants.filter(covers), denials: this.denials.filter(covers) };
      this.applying.set(permission, found);
    }
    return found;
  }

  /** Without a resource, the answer is known only if no resource could change it. */
  private judgeWithout(permission: string, isGranted: boolean, facts: ConditionFacts): ConditionalJudgement {
    const { grants, denials } = this.applyingTo(permission);
    const denial = combine('and', denials.map(({ condition }) => whenFalse(condition, facts))); // prettier-ignore
    if (denial === false) return 'denied';
    const grant = isGranted || combine('or', grants.map(({ condition }) => whenTrue(condition, facts))); // prettier-ignore
    if (grant === false) return grants.length > 0 ? 'unmet' : 'open';
    return grant === true && denial === true ? 'granted' : 'undecided';
  }
}
