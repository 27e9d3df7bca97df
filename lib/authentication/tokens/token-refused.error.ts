import type { RefusalReason } from '../../core/index.js';

/** Carries a refusal through Passport, whose strategies answer by callback. Never leaves this room. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';

  constructor(readonly reason: RefusalReason) {
    super(reason);
  }
}
