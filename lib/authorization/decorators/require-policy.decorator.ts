import { checkPolicy, policyText, type PolicyExpression } from '../policies/policy-expression.js';
import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Requires that a policy allows the call: an injectable class that implements `AuthzPolicy`, or several combined with `anyOf()`, `allOf()`, `not()`.
 * Policies are evaluated after permissions and other requirements, and before step-up authentication. Adds to other requirements.
 *
 * @example
 * @Put(':id') @RequirePermissions('orders:update') @Resource(OrderById) @RequirePolicy(anyOf(OwnsOrder, IsManager))
 * update(@CurrentResource() order: Order) {}
 */
export const RequirePolicy = (policy: PolicyExpression): RequirementDecorator =>
  requirementDecorator({ written: `@RequirePolicy(${writtenOf(policy)})`, access: 'authenticated', policy }, (place) =>
    checkPolicy(policy, place),
  );

/** The check, which runs later, reports a wrong value. */
function writtenOf(policy: PolicyExpression): string {
  try {
    return policyText(policy);
  } catch {
    return '';
  }
}
