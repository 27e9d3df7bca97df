import { ReplayCache } from '../../../authentication/index.js';
import { messageOf } from '../../../core/index.js';
import { LATER, type Outcome } from './outcome.js';
import type { TokenVerification, TokenVerifier, VerifiedToken } from './token-verifier.js';

/** Does what a verified token asks for. */
export type Handler = (token: VerifiedToken) => Promise<Outcome>;

/**
 * Most ids remembered. Beyond it tokens are processed without being remembered: revoking the same tokens again, up to the same moment, changes
 * nothing, while refusing a logout would.
 */
const REMEMBERED = { total: 100_000, perKey: 100_000 };

/** Processes each token once. */
export class TokenReceiver {
  private readonly received: ReplayCache;

  /**
   * @param rememberSeconds How long a token could be delivered again.
   * @param problem Called with a message for the operator if processing failed.
   */
  constructor(
    private readonly verifier: Pick<TokenVerifier, 'verify'>,
    private readonly handle: Handler,
    rememberSeconds: number,
    private readonly problem: (message: string) => void,
  ) {
    this.received = new ReplayCache(rememberSeconds, REMEMBERED);
  }

  /**
   * Verifies and processes a token. Never rejects.
   * @param jti Id under which it is delivered, if the delivery has one.
   */
  async receive(token: string, jti?: string): Promise<Outcome> {
    try {
      return await this.take(await this.verifier.verify(token), jti);
    } catch (error) {
      this.problem(`A received token could not be processed, and has to be sent again: ${messageOf(error)}`);
      return { ...LATER, endsAs: 'failed' };
    }
  }

  private async take(verification: TokenVerification, jti: string | undefined): Promise<Outcome> {
    if ('fault' in verification) return { kind: 'refused', fault: verification.fault };
    if (!('verified' in verification)) return { kind: 'later', ...verification };
    const { verified } = verification;
    if (jti !== undefined && jti !== verified.jti) return { kind: 'refused', fault: 'id' };
    if (this.received.wasUsed('', verified.jti, now())) return { kind: 'refused', fault: 'replayed' };
    const outcome = await this.handle(verified);
    // Only now: a token that is sent again after a failure must not look like a replay.
    if (outcome.kind === 'done') this.received.use('', verified.jti, now());
    return outcome;
  }
}

function now(): number {
  return Date.now() / 1000;
}
