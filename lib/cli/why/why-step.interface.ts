import type { RefusalReason } from '../../core/index.js';

/** What one step found. */
export interface WhyStep {
  readonly step: string;
  /** `unchecked`: the step could not be made; `found` says why. */
  readonly state: 'ok' | 'refused' | 'unchecked';
  /** The code that a service logs. */
  readonly reason?: RefusalReason;
  /** On one line each. */
  readonly found: readonly string[];
  /** What to change, as sentences. */
  readonly remedy?: string;
}

/** What was asked about, decided. `undecided`: a step that decides could not be made. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused' | 'undecided';
  readonly reason?: RefusalReason;
  readonly remedy: string;
}
