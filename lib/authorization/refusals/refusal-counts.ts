import type { RefusalReason } from '../../core/index.js';

/** Refusals on every transport since the start of the process. */
export interface RefusalStatistics {
  readonly total: number;
  /** By reason; reasons that did not occur are omitted. */
  readonly byReason: Readonly<Partial<Record<RefusalReason, number>>>;
}

/** Counts refusals by reason. */
export class RefusalCounts {
  private readonly counts = new Map<RefusalReason, number>();

  add(reason: RefusalReason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  statistics(): RefusalStatistics {
    const total = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    return { total, byReason: Object.fromEntries(this.counts) };
  }
}
