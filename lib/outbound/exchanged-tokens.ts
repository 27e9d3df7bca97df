import { createHash } from 'node:crypto';
import { KeptToken } from './kept-token.js';

/** The tokens of one target that were exchanged for those of callers. The one unused for longest goes first. */
export class ExchangedTokens {
  private readonly kept = new Map<string, KeptToken>();

  /** @param limit Most tokens kept. */
  constructor(private readonly limit: number) {}

  /**
   * What is kept for a caller's token, under its hash: the token itself is not kept.
   * @param expiresAt When the caller's token ends, in seconds since 1970: what was exchanged for it is not kept any longer.
   */
  of(subjectToken: string, expiresAt: number): KeptToken {
    const key = createHash('sha256').update(subjectToken).digest('base64url');
    const known = this.kept.get(key);
    const token = known ?? new KeptToken({ endsAt: expiresAt * 1000, endsWhenRefused: true });
    // The order of the map is that of the last use.
    this.kept.delete(key);
    if (this.kept.size >= this.limit) this.forgetOldest();
    this.kept.set(key, token);
    return token;
  }

  private forgetOldest(): void {
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      return;
    }
  }
}
