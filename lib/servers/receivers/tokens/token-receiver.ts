import { ReplayCache } from '../../../authentication/index.js';
import { messageOf } from '../../../core/index.js';
import type { FaultName } from './token-fault.js';
import type { TokenVerification, TokenVerifier, VerifiedToken } from './token-verifier.js';

/** What became of a token that was delivered. */
export type Outcome =
  /** It has done its work. */
  | { readonly kind: 'done' }
  /** It is refused, and nothing has changed. */
  | { readonly kind: 'refused'; readonly fault: FaultName }
  | Later;

/** A token that may be good, and is to be delivered again. */
export interface Later {
  readonly kind: 'later';
  readonly retryAfterSeconds: number;
  /** What it is refused for if it comes to nothing for long; `undefined` where it is sure to be done in the end. */
  readonly endsAs?: FaultName;
}

/** What a token says is done. */
export type Handler = (token: VerifiedToken) => Promise<Outcome>;

/** When to deliver again what could not be done. */
export const LATER: Later = { kind: 'later', retryAfterSeconds: 5 };
export const DONE: Outcome = { kind: 'done' };

/**
 * Ids remembered. At the limit further tokens do their work without being remembered: to withdraw the same tokens again, up to the same
 * moment, changes nothing, and to refuse a logout would.
 */
const REMEMBERED = { total: 100_000, perKey: 100_000 };

/** Lets each token do its work once. */
export class TokenReceiver {
  private readonly received: ReplayCache;

  /**
   * @param rememberSeconds How long a token could be delivered again.
   * @param problem Told of what went wrong here.
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
   * Verifies a token and has it do its work. Never rejects.
   * @param jti The id under which it is delivered, where the delivery names one.
   */
  async receive(token: string, jti?: string): Promise<Outcome> {
    try {
      return await this.take(await this.verifier.verify(token), jti);
    } catch (error) {
      this.problem(`What was received could not be done, and is to be sent again: ${messageOf(error)}`);
      return { ...LATER, endsAs: 'undone' };
    }
  }

  private async take(verification: TokenVerification, jti: string | undefined): Promise<Outcome> {
    if ('fault' in verification) return { kind: 'refused', fault: verification.fault };
    if (!('verified' in verification)) return { kind: 'later', ...verification };
    const { verified } = verification;
    if (jti !== undefined && jti !== verified.jti) return { kind: 'refused', fault: 'id' };
    if (this.received.wasUsed('', verified.jti, now())) return { kind: 'refused', fault: 'replayed' };
    const outcome = await this.handle(verified);
    // Not before: what is sent again because it could not be done must not look like a replay.
    if (outcome.kind === 'done') this.received.use('', verified.jti, now());
    return outcome;
  }
}

function now(): number {
  return Date.now() / 1000;
}
