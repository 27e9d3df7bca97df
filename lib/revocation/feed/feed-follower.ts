import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRecord } from '../../core/index.js';
import { inTime } from '../../network/remote/index.js';
import { OutgoingEntries, type Outgoing } from './outgoing-entries.js';
import { serializeEntry, readEntry, type RevocationEntry } from '../rules/revocation-entry.js';
import type { FeedAnswer, RevocationFeed } from './revocation-feed.interface.js';
import type { ListLimits } from '../list/list-limits.js';
import { RevocationList } from '../list/revocation-list.js';

/** Timeout of one request to a feed, in milliseconds. */
const TIMEOUT_MS = 5000;
/** Most entries in one publication. */
const BATCH = 500;
/** Most batches published before the feed is read again. */
const BATCHES = 5;
/** Entries that the feed rejected are published again one by one, after about this time, in milliseconds. */
const SUSPECT_AFTER_MS = 1000;
/** Entries lost by the feed are republished after a random delay up to this, in milliseconds, so that usually one instance does it for all. */
const REPUBLISH_WITHIN_MS = 2000;
/** A published entry that does not come back with a read is published again after this time, in milliseconds. */
const REPEAT_AFTER_MS = 15_000;
/** Entries processed in one turn of the event loop. */
const TAKEN_AT_ONCE = 1000;
/** Longest entry that is parsed, in characters of JSON. */
const MAX_ENTRY_LENGTH = 16_384;

/** What the follower needs from the owner of the rules. */
export interface FollowerHost {
  /** Every entry held in this process. */
  readonly held: () => Iterable<RevocationEntry>;
  /** Returns the wider rule that replaces a rule which this process does not hold itself. */
  readonly standInFor: (entry: RevocationEntry) => RevocationEntry | undefined;
  readonly limits: ListLimits;
  /** Clock by which rules expire, in seconds since 1970. */
  readonly nowSeconds: () => number;
  /** Applies entries. `faults` has one message for each invalid entry. */
  readonly take: (entries: readonly RevocationEntry[], faults: readonly string[]) => void;
  /** Called with the number of entries that the feed has lost. */
  readonly republished: (count: number) => void;
}

/**
 * Reads a feed from cursor to cursor and publishes to it. If the feed no longer knows the cursor, everything is read again, and the entries that
 * this process has and the feed lacks are published again. So a feed that lost its data gets it back.
 */
export class FeedFollower {
  private cursor: string | undefined;
  private readonly outgoing: OutgoingEntries;
  private readonly stopped = new AbortController();
  private publishing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    private readonly feed: RevocationFeed,
    private readonly host: FollowerHost,
  ) {
    this.outgoing = new OutgoingEntries(host.limits);
  }

  /** Number of entries that the feed has not confirmed. */
  get unspread(): number {
    return this.outgoing.size;
  }

  stop(): void {
    this.stopped.abort();
  }

  /**
   * Reads and applies what is new.
   * @returns Moment up to which the feed is complete, in milliseconds since 1970; `undefined`: now.
   * @throws if the feed does not respond, or with something invalid.
   */
  async read(): Promise<number | undefined> {
    const askedAt = performance.now();
    let asOf: number | undefined;
    let seen: RevocationList | undefined;
    try {
      for (let isMore = true; isMore;) {
        const page = checked(await this.inTime((signal) => this.feed.read(this.cursor, signal)), this.cursor);
        if (page.isFromStart) seen = this.emptyList();
        await this.takeAll(page.entries, seen);
        this.cursor = page.cursor;
        ({ asOf } = page);
        isMore = page.hasMore;
        if (isMore) await nextTurn();
      }
    } catch (error) {
      if (seen !== undefined) this.cursor = undefined; // a partial read cannot show what the feed lost, so the next read starts over
      throw error;
    }
    if (seen !== undefined) await this.republishLost(seen, askedAt);
    return asOf;
  }

  /** Whether an entry waits to be published or to come back. Also `true` for every entry while some did not fit into the queue. */
  isOutgoing(entry: RevocationEntry): boolean {
    return this.outgoing.isOverfull || this.outgoing.of(entry) !== undefined;
  }

  /** Whether the feed takes entries. */
  get canPublish(): boolean {
    return this.feed.publish !== undefined;
  }

  /**
   * Publishes an entry.
   * @returns Whether the feed has it. If not, it is published again later.
   * @throws if the feed does not respond.
   */
  async publishEntry(entry: RevocationEntry): Promise<boolean> {
    if (this.feed.publish === undefined) return false;
    const outgoing = this.outgoing.add(entry, 0) ?? this.addStandIn(entry);
    if (outgoing === undefined) return false;
    outgoing.publishedAt = undefined;
    try {
      await this.publish();
    } catch (error) {
      if (!isPublished(outgoing)) throw error; // else the error concerns another entry
    }
    return isPublished(outgoing);
  }

  /**
   * Publishes the wider rules that replaced others at the limit, if the queue is full. Otherwise the replaced rules could no longer be
   * published later.
   */
  noteCoarsened(added: readonly RevocationEntry[]): void {
    if (!this.outgoing.isOverfull) return;
    for (const entry of added) this.outgoing.add({ ...entry, standsIn: undefined }, 0, true);
  }

  /** If a rule does not fit into the queue and a wider one replaces it here, the wider one is published in its place. */
  private addStandIn(entry: RevocationEntry): Outgoing | undefined {
    const rule = this.host.standInFor(entry);
    return rule && this.outgoing.add({ ...rule, standsIn: undefined }, 0, true);
  }

  /** Publishes what is due. One batch at a time; callers in the meantime share the next one. @throws if the feed rejects it. */
  publish(): Promise<void> {
    this.next ??= this.publishing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.publishDue();
      });
    this.publishing = this.next;
    return this.next;
  }

  /** Whether there is something to publish now. */
  get isDue(): boolean {
    return this.outgoing.isDue(performance.now());
  }

  private async publishDue(): Promise<void> {
    for (const batch of this.batches()) await this.publishBatch(batch);
    // Entries that did not fit are found again by a read from the start.
    if (this.outgoing.takeLeftOut()) this.cursor = undefined;
  }

  /** What is due now. Entries that become due meanwhile wait, or a steady stream of new rules would never end. The newest come first. */
  private batches(): readonly (readonly Outgoing[])[] {
    this.outgoing.forget(() => false, this.host.nowSeconds());
    const due = this.outgoing.due(performance.now());
    const together = due.filter(({ isSuspect }) => !isSuspect);
    const alone = due.filter(({ isSuspect }) => isSuspect);
    const batches = Array.from({ length: Math.min(BATCHES, Math.ceil(together.length / BATCH)) }, (_, index) =>
      together.slice(index * BATCH, (index + 1) * BATCH),
    );
    return [...batches, ...alone.slice(0, BATCH).map((outgoing) => [outgoing])];
  }

  private async publishBatch(batch: readonly Outgoing[]): Promise<void> {
    const sent = batch.map(({ entry }) => entry);
    const serialized = sent.map(serializeEntry);
    try {
      await this.inTime(async (signal) => this.feed.publish?.(serialized, signal));
    } catch (error) {
      for (const outgoing of batch) {
        outgoing.isSuspect = true;
        outgoing.dueAt = performance.now() + SUSPECT_AFTER_MS * (0.5 + Math.random());
      }
      throw error;
    }
    batch.forEach((outgoing, index) => {
      outgoing.isSuspect = false;
      if (outgoing.entry !== sent[index]) return; // more was made of the rule meanwhile
      outgoing.publishedAt = performance.now();
      outgoing.dueAt = outgoing.publishedAt + REPEAT_AFTER_MS;
    });
  }

  /** Processes a large response in parts, one for each turn of the event loop, so that requests do not wait. */
  private async takeAll(given: readonly unknown[], seen: RevocationList | undefined): Promise<void> {
    for (let from = 0; from < given.length; from += TAKEN_AT_ONCE) {
      if (from > 0) await nextTurn();
      this.take(given.slice(from, from + TAKEN_AT_ONCE), seen);
    }
  }

  private take(given: readonly unknown[], seen: RevocationList | undefined): void {
    const entries: RevocationEntry[] = [];
    const faults: string[] = [];
    for (const value of given) {
      const entry = typeof value === 'string' && value.length > MAX_ENTRY_LENGTH ? 'it is too long' : readEntry(value);
      if (typeof entry === 'string') faults.push(entry);
      else entries.push(entry);
    }
    const now = this.host.nowSeconds();
    for (const entry of entries) {
      seen?.apply(entry, now);
      if (this.outgoing.size > 0) this.outgoing.noteBrought(entry);
    }
    this.host.take(entries, faults);
  }

  /** Only a feed that accepts entries is compared with what this process holds. */
  private emptyList(): RevocationList | undefined {
    return this.feed.publish === undefined ? undefined : new RevocationList({ ...this.host.limits, maxEntries: Infinity });
  }

  /**
   * Schedules the publication of what the feed has lost.
   * @param seen Everything that the feed has.
   * @param askedAt When the read began, on the monotonic clock.
   */
  private async republishLost(seen: RevocationList, askedAt: number): Promise<void> {
    // A feed that keeps rules instead of entries returns them in another form, and drops expired ones.
    // It may also have replaced a rule by a wider one.
    const isReplaced = (entry: RevocationEntry) => seen.standInFor(entry) !== undefined;
    const has = ({ entry, publishedAt }: Outgoing) => seen.holds(entry) || (publishedAt !== undefined && isReplaced(entry));
    this.outgoing.forget(has, this.host.nowSeconds());
    const dueAt = performance.now() + Math.random() * REPUBLISH_WITHIN_MS;
    let count = 0;
    let looked = 0;
    for (const entry of this.host.held()) {
      const isThere = entry.standsIn === true || seen.holds(entry) || isReplaced(entry);
      if (!isThere && this.isLost(entry, askedAt, dueAt)) count++;
      if (++looked % TAKEN_AT_ONCE === 0) await nextTurn();
    }
    if (count > 0) this.host.republished(count);
  }

  /** Whether the feed lacks an entry that is not just on its way to it. Schedules its publication. */
  private isLost(entry: RevocationEntry, askedAt: number, dueAt: number): boolean {
    const known = this.outgoing.of(entry);
    if (known !== undefined && (known.publishedAt === undefined || known.publishedAt > askedAt)) return false;
    this.outgoing.add(entry, dueAt);
    return true;
  }

  private inTime<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return inTime(work, TIMEOUT_MS, this.stopped.signal);
  }
}

/** A function, so that TypeScript does not keep the narrowing across an `await`. */
function isPublished({ publishedAt }: Outgoing): boolean {
  return publishedAt !== undefined;
}

/** A feed written by the application may return anything. */
function checked(page: FeedAnswer, since: string | undefined): FeedAnswer {
  if (!isRecord(page) || !Array.isArray(page.entries) || typeof page.cursor !== 'string')
    throw new Error('it returned something other than { entries, cursor }');
  if (page.asOf !== undefined && !Number.isFinite(page.asOf))
    throw new Error('its "asOf" must be a number of milliseconds since 1970');
  if (!page.hasMore || page.cursor !== since) return page;
  throw new Error('it returned "hasMore" with the cursor it was given');
}
