import type { Principal } from '../principal.js';

/** What a condition is about. */
export interface ConditionFacts {
  readonly principal: Principal;
  /** The resource in question. `undefined`: there is none, so conditions over it cannot be decided. */
  readonly resource: unknown;
  /** What the call brings. Never contains `now`. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Value of `context.now`, in milliseconds since 1970. One for each decision. */
  readonly now: number;
}
