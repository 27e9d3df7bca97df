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
    };

export const ALLOWED: Decision = Object.freeze({ allowed: true });

export function refused(reason: RefusalReason, unmet?: RequirementClause, missing: readonly string[] = []): Decision {
  return { allowed: false, reason, missing, unmet };
}
