import type { RefusalReason } from './reason.js';
import type { RequirementClause } from './requirement.js';

/** Allowed or refused, and why. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: RefusalReason;
      /** The names that the caller lacks (with `any`, all that would have done). For the log; a client sees scopes at most. */
      readonly missing: readonly string[];
      /** The condition that was not met, where it was one. */
      readonly unmet: RequirementClause | undefined;
    };

export const ALLOWED: Decision = Object.freeze({ allowed: true });

export function refused(reason: RefusalReason, unmet?: RequirementClause, missing: readonly string[] = []): Decision {
  return { allowed: false, reason, missing, unmet };
}
