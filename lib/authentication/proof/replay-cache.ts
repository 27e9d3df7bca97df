/** How many proofs are remembered. */
interface ReplayLimits {
  /** Of all keys together. */
  readonly total: number;
  /** Of one key. */
  readonly perKey: number;
}

/**
 * A proof is remembered for two minutes, so these are the requests of two minutes to one process; at the limit further ones are refused,
 * and none is forgotten. A client that goes beyond its share (83 requests a second) locks out its own key alone.
 */
const LIMITS: ReplayLimits = { total: 100_000, perKey: 10_000 };

interface UsedProof {
  readonly key: string;
  readonly endsAt: number;
}

/** Remembers which proofs were used, for as long as they could be used again. */
export class ReplayCache {
  /** In the order of their end, since each lives equally long. */
  private readonly used = new Map<string, UsedProof>();
  /** How many of them are of each key. */
  private readonly ofKey = new Map<string, number>();

  /** @param lifeSeconds How long a proof can be used. */
  constructor(
    private readonly lifeSeconds: number,
    private readonly limits = LIMITS,
  ) {}

  /**
   * Takes a proof for used.
   * @param key Thumbprint of the key that signed it. Two keys may use the same `jti`.
   * @returns False if it was used before, or if there is no room to remember it.
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

  /** Whether a proof was used that could be used again. Takes nothing for used: for whoever does so only once the work is done. */
  wasUsed(key: string, jti: string, nowSeconds: number): boolean {
    this.forgetEnded(nowSeconds);
    return this.used.has(`${key} ${jti}`);
  }

  private forgetEnded(nowSeconds: number): void {
    for (const [id, { key, endsAt }] of this.used) {
      if (endsAt >= nowSeconds) return; // at its end a proof can still be used
      this.used.delete(id);
      this.giveBack(key);
    }
  }

  private giveBack(key: string): void {
    const share = (this.ofKey.get(key) ?? 0) - 1;
    if (share > 0) this.ofKey.set(key, share);
    else this.ofKey.delete(key);
  }
}
