import type { NoteMisfit } from './conditions/condition-facts.interface.js';

/** What a decision depends on, besides the caller. */
export interface DecisionFacts {
  /** Seconds since 1970. */
  readonly nowSeconds: number;
  /** The resource in question. Default: none, so a permission that depends on it is not held. */
  readonly resource?: unknown;
  /** Returns what the call brings. Called only if a condition reads `context`. Default: nothing. */
  readonly context?: (() => Readonly<Record<string, unknown>>) | undefined;
  /** See {@link ConditionFacts.onMisfit}. */
  readonly onMisfit?: NoteMisfit | undefined;
}
