import { AuthzConfigError, isRecord, shown } from '../../core/index.js';
import type { PolicyClass } from './authz-policy.interface.js';

/** A policy, or several combined with `anyOf()`, `allOf()` and `not()`. */
export type PolicyExpression = PolicyClass | CombinedPolicies;

/** Several policies, combined. */
export interface CombinedPolicies {
  readonly kind: 'anyOf' | 'allOf' | 'not';
  /** One for `not`. */
  readonly policies: readonly PolicyExpression[];
}

/** Requires at least one of the policies. They are evaluated in this order, until one returns true. */
export function anyOf(...policies: [PolicyExpression, ...PolicyExpression[]]): CombinedPolicies {
  return { kind: 'anyOf', policies };
}

/** Requires all of the policies. They are evaluated in this order, until one returns false. */
export function allOf(...policies: [PolicyExpression, ...PolicyExpression[]]): CombinedPolicies {
  return { kind: 'allOf', policies };
}

/** Requires that the policy returns false. A policy that cannot decide refuses the call here too. */
export function not(policy: PolicyExpression): CombinedPolicies {
  return { kind: 'not', policies: [policy] };
}

/** Writes a policy as the decorator does: `anyOf(OwnsOrder, IsManager)`. */
export function policyText(policy: PolicyExpression): string {
  if (typeof policy === 'function') return policy.name;
  return `${policy.kind}(${policy.policies.map(policyText).join(', ')})`;
}

/** Returns every class of an expression. */
export function policyClasses(policy: PolicyExpression): readonly PolicyClass[] {
  return typeof policy === 'function' ? [policy] : policy.policies.flatMap(policyClasses);
}

/** Checks an expression when the class of the handler is loaded. @throws AuthzConfigError that names the place. */
export function checkPolicy(policy: unknown, place: string): void {
  const isClass = typeof policy === 'function' && isRecord(policy.prototype);
  if (isClass) return;
  if (isCombined(policy) && policy.policies.length > 0) policy.policies.forEach((each) => checkPolicy(each, place));
  else
    throw new AuthzConfigError(
      'AUTHZ_DECORATOR',
      `${place}: @RequirePolicy() must have a class that implements AuthzPolicy, or anyOf(…), allOf(…) or not(…) of such classes, got ${shown(policy)}.`,
    );
}

function isCombined(value: unknown): value is CombinedPolicies {
  return isRecord(value) && Array.isArray(value['policies']) && ['anyOf', 'allOf', 'not'].includes(value['kind'] as string);
}
