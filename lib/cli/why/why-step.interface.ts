import type { RefusalReason } from '../../core/index.js';

/** The result of one step. */
export interface WhyStep {
  readonly step: string;
  /** `unchecked`: the step could not be checked; `found` says why. */
  readonly state: 'ok' | 'refused' | 'unchecked';
  /** The code that a service logs. */
  readonly reason?: RefusalReason;
  /** Findings, one line each. */
  readonly found: readonly string[];
  /** What to change, as sentences. */
  readonly remedy?: string;
}

/** The decision. `undecided`: a deciding step could not be checked. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused' | 'undecided';
  readonly reason?: RefusalReason;
  readonly remedy: string;
}
