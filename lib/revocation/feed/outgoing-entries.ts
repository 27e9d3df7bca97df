import { keyOf, type RevocationEntry } from '../rules/revocation-entry.js';
import { hasExpired, type ListLimits } from '../list/list-limits.js';
import { includesEntry, mergeEntries } from '../rules/merge-entries.js';

/** An entry that the feed has not confirmed. */
export interface Outgoing {
  /** The entry to publish, merged from all entries for its rule since the last publication. */
  entry: RevocationEntry;
  /** When it is published next, on the monotonic clock. */
  dueAt: number;
  /** When the feed accepted the entry, on the monotonic clock; `undefined` until then. */
  publishedAt: number | undefined;
  /** Whether the feed rejected the batch that contained it. Such entries are published alone, so that an invalid one does not block the others. */
  isSuspect: boolean;
}

/**
 * The entries that the feed has not confirmed. Holds one entry for each rule, however often the rule changes while the feed is down, and at most
 * as many as there may be rules.
 */
export class OutgoingEntries {
  private readonly entries = new Map<string, Outgoing>();
  private hasLeftOut = false;

  constructor(private readonly limits: ListLimits) {}

  get size(): number {
    return this.entries.size;
  }

  /** Whether entries did not fit, and there is room again. Resets that mark: the caller has to look for what the feed lacks. */
  takeLeftOut(): boolean {
    const isDue = this.hasLeftOut && this.entries.size <= this.limits.maxEntries / 2;
    if (isDue) this.hasLeftOut = false;
    return isDue;
  }

  /** Whether entries did not fit. */
  get isOverfull(): boolean {
    return this.hasLeftOut;
  }

  /** The entry that is published for a rule; `undefined` if there is none. */
  of(entry: RevocationEntry): Outgoing | undefined {
    return this.entries.get(outgoingKey(entry));
  }

  /**
   * Adds an entry, merged with the entry for the same rule if there is one.
   * @param always Whether to add it even beyond the limit.
   * @returns `undefined` if it did not fit.
   */
  add(entry: RevocationEntry, dueAt: number, always = false): Outgoing | undefined {
    const known = this.of(entry);
    if (known !== undefined) {
      if (!includesEntry(known.entry, entry))
        Object.assign(known, { entry: mergeEntries(known.entry, entry), publishedAt: undefined });
      known.dueAt = Math.min(known.dueAt, dueAt);
      return known;
    }
    if (this.entries.size >= this.limits.maxEntries && !always) {
      this.hasLeftOut = true;
      return undefined;
    }
    const outgoing: Outgoing = { entry, dueAt, publishedAt: undefined, isSuspect: false };
    this.entries.set(outgoingKey(entry), outgoing);
    return outgoing;
  }

  /** Removes an entry that the feed returned. Its `expiresAt` may differ: the feed may know other token lifetimes. */
  noteBrought(entry: RevocationEntry): void {
    const known = this.of(entry);
    if (known === undefined) return;
    const expiresAt = known.publishedAt === undefined ? entry.expiresAt : Infinity;
    if (includesEntry({ ...entry, expiresAt }, known.entry)) this.entries.delete(outgoingKey(entry));
  }

  /** Removes what the feed has, and what has expired. */
  forget(has: (outgoing: Outgoing) => boolean, nowSeconds: number): void {
    for (const [key, outgoing] of this.entries)
      if (has(outgoing) || hasExpired(outgoing.entry, nowSeconds, this.limits)) this.entries.delete(key);
  }

  /** What is due by now, the earliest first. */
  due(now: number): readonly Outgoing[] {
    return [...this.entries.values()].filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
  }

  isDue(now: number): boolean {
    for (const { dueAt } of this.entries.values()) if (dueAt <= now) return true;
    return false;
  }
}

/** Revocations of one rule share a key, and so do its restorations. */
function outgoingKey(entry: RevocationEntry): string {
  return `${entry.act} ${keyOf(entry)}`;
}
