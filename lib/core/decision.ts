import type { DecisionFacts } from './decision-facts.interface.js';
import type { RefusalReason } from './reason.js';
import type { RequirementClause } from './requirement.js';

/** Whether a call is allowed, and the reason if it is refused. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: RefusalReason;
      /** The names that the caller lacks; with `any`, all names that would have sufficed. For the log: a client sees only scopes. */
      readonly missing: readonly string[];
      /** The clause that was not met; `undefined` if the refusal has another reason. */
      readonly unmet: RequirementClause | undefined;
      /** What was found, for the log: `OwnsOrder returned false`. */
      readonly detail?: string;
      /** What the decision was about, for the log. */
      readonly facts?: DecisionFacts;
    };

export const ALLOWED: Decision = Object.freeze({ allowed: true });

export function refused(
  reason: RefusalReason,
  unmet?: RequirementClause,
  missing: readonly string[] = [],
): Extract<Decision, { readonly allowed: false }> {
  return { allowed: false, reason, missing, unmet };
}
