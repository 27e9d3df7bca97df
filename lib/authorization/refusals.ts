import type { RefusalReason } from '../core/index.js';
import type { Exchange } from './call-state.js';
import { refusal, type ChallengeSettings, type Refusal, type RefusalDetails } from './refusal.js';

/** Refuses calls of one service, with the challenges that it is configured to give. */
export class Refusals {
  constructor(private readonly settings: ChallengeSettings) {}

  /** What is answered. */
  of(reason: RefusalReason, details?: RefusalDetails): Refusal {
    return refusal(reason, details, this.settings);
  }

  /** Ends a call with what its transport's clients understand. */
  refuse({ transport, args }: Omit<Exchange, 'carrier'>, reason: RefusalReason, details?: RefusalDetails): never {
    return transport.refuse(args, reason, this.of(reason, details));
  }
}
