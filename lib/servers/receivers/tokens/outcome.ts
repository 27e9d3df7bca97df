import type { FaultName } from './token-fault.js';

/** Outcome of a delivered token. */
export type Outcome =
  /** It was processed. */
  | { readonly kind: 'done' }
  /** It is refused, and nothing has changed. */
  | { readonly kind: 'refused'; readonly fault: FaultName }
  | Later;

/** A token that may be valid, and must be delivered again. */
export interface Later {
  readonly kind: 'later';
  readonly retryAfterSeconds: number;
  /** Fault reported if it fails for too long; `undefined` if it is certain to succeed in the end. */
  readonly endsAs?: FaultName;
}

/** Asks for another delivery of a token that could not be processed. */
export const LATER: Later = { kind: 'later', retryAfterSeconds: 5 };
export const DONE: Outcome = { kind: 'done' };
