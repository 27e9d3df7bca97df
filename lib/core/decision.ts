import type { RefusalReason } from './reason.js';

/** Allowed or refused, and why. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: RefusalReason;
      /** The names the caller lacks (with `any`, all that would have done). For the log; a client sees scopes at most. */
      readonly missing: readonly string[];
    };

export const ALLOWED: Decision = Object.freeze({ allowed: true });

export function refused(reason: RefusalReason, missing: readonly string[] = []): Decision {
  return { allowed: false, reason, missing };
}
