/** Most proofs remembered. Each is worth a minute of one client's requests; at the limit further ones are refused, not forgotten. */
const MAX_ENTRIES = 100_000;

/** Remembers which proofs were used, for as long as they could be used again. */
export class ReplayCache {
  /** In the order of their end, since each lives equally long. */
  private readonly used = new Map<string, number>();

  /**
   * @param lifeSeconds How long a proof can be used.
   * @param limit Most proofs remembered.
   */
  constructor(
    private readonly lifeSeconds: number,
    private readonly limit = MAX_ENTRIES,
  ) {}

  /** Takes a proof for used. @returns False if it was used before, or if there is no room to remember it. */
  use(id: string, nowSeconds: number): boolean {
    this.forgetEnded(nowSeconds);
    if (this.used.has(id) || this.used.size >= this.limit) return false;
    this.used.set(id, nowSeconds + this.lifeSeconds);
    return true;
  }

  private forgetEnded(nowSeconds: number): void {
    for (const [id, endsAt] of this.used) {
      if (endsAt >= nowSeconds) return; // at its end a proof can still be used
      this.used.delete(id);
    }
  }
}
