import { AuthzConfigError, andThen, kindOf, messageOf } from '../../core/index.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { FindProvider } from '../start/find-provider.js';
import type { AuthzPolicy, PolicyCall, PolicyClass } from './authz-policy.interface.js';
import { PolicyRun, type PolicyVerdict } from './policy-run.js';
import { policyClasses, type PolicyExpression } from './policy-expression.js';

/** Why policies refuse a call. */
export interface PolicyRefusal {
  readonly reason: 'policy_denied' | 'indeterminate';
  readonly policy: PolicyExpression;
  /** What the policies returned. */
  readonly detail: string;
}

/** Evaluates the policies of handlers. */
export class Policies {
  private readonly instances = new Map<PolicyClass, AuthzPolicy>();

  /** @param timeoutMs How long the promises of the policies of a call are awaited together, in milliseconds. */
  constructor(
    private readonly find: FindProvider,
    private readonly timeoutMs: number,
    private readonly warnings: RepeatedWarnings,
  ) {}

  /** Finds every policy. Call this after all modules are instantiated. @throws AuthzConfigError that names the handler. */
  start(rules: readonly HandlerRule[]): void {
    for (const { name, policies = [] } of rules) for (const type of policies.flatMap(policyClasses)) this.instanceOf(type, name);
  }

  /** Returns why the policies refuse a call; `undefined` if they allow it. Synchronous if they are. Never throws or rejects. */
  evaluate(
    { name, policies = [] }: Pick<HandlerRule, 'name' | 'policies'>,
    call: PolicyCall,
  ): PolicyRefusal | undefined | Promise<PolicyRefusal | undefined> {
    const run = new PolicyRun(
      (type) => this.instanceOf(type, name),
      call,
      this.timeoutMs,
      (type, verdict) => this.warn(name, type, verdict),
    );
    return firstRefusal(policies, run);
  }

  private warn(handler: string, type: PolicyClass, verdict: Exclude<PolicyVerdict, boolean>): void {
    const detail = undecided(type, verdict);
    const cause = verdict.kind === 'error' ? `: ${messageOf(verdict.error)}` : '';
    this.warnings.warn(
      () => `A policy of ${handler} could not decide, so the call is refused: ${detail}${cause}`,
      `${handler} policy ${detail}`,
    );
  }

  private instanceOf(type: PolicyClass, handler: string): AuthzPolicy {
    const known = this.instances.get(type);
    if (known !== undefined) return known;
    const found = this.find(type, { use: '@RequirePolicy()', handler });
    if (!isPolicy(found))
      throw new AuthzConfigError(
        'AUTHZ_PROVIDER',
        `${handler}: @RequirePolicy(${type.name}) names a provider without a method evaluate(call). Write a class that implements AuthzPolicy.`,
      );
    this.instances.set(type, found);
    return found;
  }
}

/** Evaluates policies in their order, until one refuses. */
function firstRefusal(
  [policy, ...others]: readonly PolicyExpression[],
  run: PolicyRun,
): PolicyRefusal | undefined | Promise<PolicyRefusal | undefined> {
  if (policy === undefined) return undefined;
  return andThen(run.truthOf(policy), (truth) => {
    if (truth === true) return firstRefusal(others, run);
    const details = Array.from(run.verdicts, ([type, verdict]) =>
      typeof verdict === 'boolean' ? `${type.name} returned ${String(verdict)}` : undecided(type, verdict),
    );
    return { reason: truth === false ? 'policy_denied' : 'indeterminate', policy, detail: details.join(', ') };
  });
}

function undecided({ name }: PolicyClass, verdict: Exclude<PolicyVerdict, boolean>): string {
  switch (verdict.kind) {
    case 'late':
      return `${name} did not finish within the deadline (policyTimeoutMs)`;
    case 'error':
      return `${name} failed`;
    case 'value':
      return `${name} returned ${kindOf(verdict.value)} in place of true or false`;
  }
}

function isPolicy(value: unknown): value is AuthzPolicy {
  return typeof value === 'object' && value !== null && 'evaluate' in value && typeof value.evaluate === 'function';
}
