/** Most proofs remembered. */
interface ReplayLimits {
  /** For all keys together. */
  readonly total: number;
  /** For one key. */
  readonly perKey: number;
}

/**
 * A proof is remembered for two minutes, so these are requests per two minutes and process. At the limit further proofs are refused, and none
 * is forgotten. A client that exceeds its share (83 requests a second) locks out only its own key.
 */
const LIMITS: ReplayLimits = { total: 100_000, perKey: 10_000 };

interface UsedProof {
  readonly key: string;
  readonly endsAt: number;
}

/** Remembers used proofs, as long as they would be accepted again. */
export class ReplayCache {
  /** In the order of expiry, since all entries live equally long. */
  private readonly used = new Map<string, UsedProof>();
  /** Number of entries for each key. */
  private readonly ofKey = new Map<string, number>();

  /** @param lifeSeconds How long a proof is accepted, in seconds. */
  constructor(
    private readonly lifeSeconds: number,
    private readonly limits = LIMITS,
  ) {}

  /**
   * Records the use of a proof.
   * @param key Thumbprint of the key that signed it. Two keys may use the same `jti`.
   * @returns `false` if it was used before, or if the limit is reached.
   */
  use(key: string, jti: string, nowSeconds: number): boolean {
    this.forgetEnded(nowSeconds);
    const id = `${key} ${jti}`;
    const share = this.ofKey.get(key) ?? 0;
    if (this.used.has(id) || share >= this.limits.perKey || this.used.size >= this.limits.total) return false;
    this.used.set(id, { key, endsAt: nowSeconds + this.lifeSeconds });
    this.ofKey.set(key, share + 1);
    return true;
  }

  /** Whether a proof was used before. Records nothing, for a caller that records the use after its work. */
  wasUsed(key: string, jti: string, nowSeconds: number): boolean {
    this.forgetEnded(nowSeconds);
    return this.used.has(`${key} ${jti}`);
  }

  private forgetEnded(nowSeconds: number): void {
    for (const [id, { key, endsAt }] of this.used) {
      if (endsAt >= nowSeconds) return; // at its very end a proof is still accepted
      this.used.delete(id);
      this.reduceShare(key);
    }
  }

  private reduceShare(key: string): void {
    const share = (this.ofKey.get(key) ?? 0) - 1;
    if (share > 0) this.ofKey.set(key, share);
    else this.ofKey.delete(key);
  }
}
