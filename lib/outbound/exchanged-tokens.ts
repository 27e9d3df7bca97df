import { createHash } from 'node:crypto';
import { KeptToken } from '../network/client-credentials/index.js';
import { BoundedMap } from '../core/index.js';

/** The tokens of one target that were exchanged for those of callers. The one unused for longest goes first. */
export class ExchangedTokens {
  private readonly kept: BoundedMap<string, KeptToken>;

  /** @param limit Most tokens kept. */
  constructor(limit: number) {
    this.kept = new BoundedMap(limit);
  }

  /**
   * What is kept for a caller's token, under its hash: the token itself is not kept.
   * @param expiresAt When the caller's token ends, in seconds since 1970: what was exchanged for it is not kept any longer.
   */
  of(subjectToken: string, expiresAt: number): KeptToken {
    const key = createHash('sha256').update(subjectToken).digest('base64url');
    const known = this.kept.use(key);
    if (known !== undefined) return known;
    const token = new KeptToken({ endsAt: expiresAt * 1000, endsWhenRefused: true });
    this.kept.set(key, token);
    return token;
  }
}
