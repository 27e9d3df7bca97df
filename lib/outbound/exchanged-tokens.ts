import { createHash } from 'node:crypto';
import { KeptToken } from '../network/client-credentials/index.js';
import { BoundedMap } from '../core/index.js';

/** Keeps the tokens of one target that were exchanged for those of callers. At the limit, the least recently used goes first. */
export class ExchangedTokens {
  private readonly kept: BoundedMap<string, KeptToken>;

  /** @param limit Most tokens kept. */
  constructor(limit: number) {
    this.kept = new BoundedMap(limit);
  }

  /**
   * Returns the entry for a caller's token. The key is the token's hash: the token itself is not kept.
   * @param expiresAt Expiry of the caller's token, in seconds since 1970. The exchanged token is not kept longer.
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
