import { keyOf, type RevocationEntry } from '../rules/revocation-entry.js';
import { hasEnded, merged, reaches, type ListLimits } from '../list/revocation-list.js';

/** An entry that the feed is not known to have. */
export interface Outgoing {
  /** What is published: all that was made of the rule since it was published last. */
  entry: RevocationEntry;
  /** When it is published next, on the clock of this process. */
  dueAt: number;
  /** When the feed took the entry, on the same clock; `undefined` while it has not. */
  publishedAt: number | undefined;
  /** Whether the feed refused it, or another one that was published with it. Such are published alone, so that one holds up no other. */
  isSuspect: boolean;
}

/**
 * The entries that the feed is not known to have: one for each rule, however often it is made while the feed is down, and no more than rules are
 * held at most.
 */
export class OutgoingEntries {
  private readonly entries = new Map<string, Outgoing>();
  private hasLeftOut = false;

  constructor(private readonly limits: ListLimits) {}

  get size(): number {
    return this.entries.size;
  }

  /** Whether entries found no place and there is place again: what the feed lacks has to be looked for. */
  takeLeftOut(): boolean {
    const isDue = this.hasLeftOut && this.entries.size <= this.limits.maxEntries / 2;
    if (isDue) this.hasLeftOut = false;
    return isDue;
  }

  /** Whether entries found no place. */
  get isOverfull(): boolean {
    return this.hasLeftOut;
  }

  /** The entry that is published for a rule; `undefined` if there is none. */
  of(entry: RevocationEntry): Outgoing | undefined {
    return this.entries.get(outgoingKey(entry));
  }

  /**
   * Adds an entry, to the one of the same rule if there is one.
   * @param always Whether it is added beyond the limit, too.
   * @returns `undefined` if it found no place.
   */
  add(entry: RevocationEntry, dueAt: number, always = false): Outgoing | undefined {
    const known = this.of(entry);
    if (known !== undefined) {
      if (!reaches(known.entry, entry)) Object.assign(known, { entry: merged(known.entry, entry), publishedAt: undefined });
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

  /** Forgets an entry that the feed has brought. A feed may say another end: it knows of other lives of tokens. */
  noteBrought(entry: RevocationEntry): void {
    const known = this.of(entry);
    if (known === undefined) return;
    const expiresAt = known.publishedAt === undefined ? entry.expiresAt : Infinity;
    if (reaches({ ...entry, expiresAt }, known.entry)) this.entries.delete(outgoingKey(entry));
  }

  /** Forgets what the feed has, and what has ended. */
  forget(has: (outgoing: Outgoing) => boolean, nowSeconds: number): void {
    for (const [key, outgoing] of this.entries)
      if (has(outgoing) || hasEnded(outgoing.entry, nowSeconds, this.limits)) this.entries.delete(key);
  }

  /** What is published by now, the earliest first. */
  due(now: number): readonly Outgoing[] {
    return [...this.entries.values()].filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
  }

  isDue(now: number): boolean {
    for (const { dueAt } of this.entries.values()) if (dueAt <= now) return true;
    return false;
  }
}

/** Entries that revoke the same rule are one, and those that restore it. */
function outgoingKey(entry: RevocationEntry): string {
  return `${entry.act} ${keyOf(entry)}`;
}
