import { andThen, attempt, type Outcome, type Truth } from '../../core/index.js';
import type { AuthzPolicy, PolicyCall, PolicyClass } from './authz-policy.interface.js';
import type { PolicyExpression } from './policy-expression.js';

/** What a policy said about a call; an outcome that is no boolean if it could not decide. */
export type PolicyVerdict = boolean | Outcome;

/** The evaluation of policies for one call: each policy once, all within one deadline. */
export class PolicyRun {
  /** In the order of evaluation. */
  readonly verdicts = new Map<PolicyClass, PolicyVerdict>();
  private endsAt: number | undefined;

  constructor(
    private readonly instanceOf: (type: PolicyClass) => AuthzPolicy,
    private readonly call: PolicyCall,
    private readonly timeoutMs: number,
    private readonly onUndecided: (type: PolicyClass, verdict: Outcome) => void,
  ) {}

  /** Evaluates an expression in three-valued logic; `undefined`: it cannot be decided. */
  truthOf(expression: PolicyExpression): Truth | Promise<Truth> {
    if (typeof expression === 'function') return this.ask(expression);
    const { kind, policies } = expression;
    if (kind === 'not') return andThen(this.fold(policies, false), (truth) => (truth === undefined ? undefined : !truth));
    return this.fold(policies, kind === 'anyOf');
  }

  /** @param decisive The value that decides alone: true for `anyOf`, false for `allOf`. */
  private fold([first, ...others]: readonly PolicyExpression[], decisive: boolean, isUnknown = false): Truth | Promise<Truth> {
    if (first === undefined) return isUnknown ? undefined : !decisive;
    return andThen(this.truthOf(first), (truth) =>
      truth === decisive ? decisive : this.fold(others, decisive, isUnknown || truth === undefined),
    );
  }

  private ask(type: PolicyClass): Truth | Promise<Truth> {
    const known = this.verdicts.get(type);
    if (known !== undefined) return typeof known === 'boolean' ? known : undefined;
    this.endsAt ??= performance.now() + this.timeoutMs;
    const outcome = attempt(() => this.instanceOf(type).evaluate(this.call), Math.max(0, this.endsAt - performance.now()));
    return andThen(outcome, (ended) => this.note(type, ended));
  }

  private note(type: PolicyClass, outcome: Outcome): Truth {
    if (outcome.kind === 'value' && typeof outcome.value === 'boolean') {
      this.verdicts.set(type, outcome.value);
      return outcome.value;
    }
    this.verdicts.set(type, outcome);
    this.onUndecided(type, outcome);
    return undefined;
  }
}
