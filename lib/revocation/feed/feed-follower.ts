import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRecord } from '../../core/index.js';
import { inTime } from '../../network/remote/index.js';
import { OutgoingEntries, type Outgoing } from './outgoing-entries.js';
import { entryText, readEntry, type RevocationEntry } from '../rules/revocation-entry.js';
import type { FeedAnswer, RevocationFeed } from './revocation-feed.interface.js';
import { RevocationList, type ListLimits } from '../list/revocation-list.js';

/** How long one request to a feed may take, in milliseconds. */
const TIMEOUT_MS = 5000;
/** Most entries published at once. */
const BATCH = 500;
/** Most batches published before the feed is read again. */
const BATCHES = 5;
/** What a feed did not take is published again after about this time, in milliseconds, an entry at a time. */
const SUSPECT_AFTER_MS = 1000;
/** What a feed has lost, each instance tells it again at a time of its own within this one, in milliseconds: the first to come does it for all. */
const RETELL_WITHIN_MS = 2000;
/** What was published and does not come back is published again after this time, in milliseconds. */
const REPEAT_AFTER_MS = 15_000;
/** Entries taken in at once. */
const TAKEN_AT_ONCE = 1000;
/** Longest text of an entry that is read. */
const MAX_ENTRY_LENGTH = 16_384;

/** What the follower needs of whoever holds the rules. */
export interface FollowerHost {
  /** Everything that is known here. */
  readonly held: () => Iterable<RevocationEntry>;
  /** What stands in here for a rule that is not held itself. */
  readonly standInFor: (entry: RevocationEntry) => RevocationEntry | undefined;
  readonly limits: ListLimits;
  /** By which clock rules end, in seconds since 1970. */
  readonly nowSeconds: () => number;
  /** Takes entries in; `faults` says of each thing that is none, why. */
  readonly take: (entries: readonly RevocationEntry[], faults: readonly string[]) => void;
  /** Told how many entries the feed has lost. */
  readonly retold: (count: number) => void;
}

/**
 * Reads a feed onward and publishes to it. Where the feed does not know any more how far it was read, everything is read again, and what is known
 * here but not there is told again: a feed that has lost what it had gets it back.
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

  /** How many entries the feed is not known to have. */
  get unspread(): number {
    return this.outgoing.size;
  }

  stop(): void {
    this.stopped.abort();
  }

  /**
   * Takes in what is new.
   * @returns Up to when the feed is known to be complete, in milliseconds since 1970; `undefined`: as of now.
   * @throws if the feed does not answer, or answers something else.
   */
  async read(): Promise<number | undefined> {
    const askedAt = performance.now();
    let asOf: number | undefined;
    let seen: RevocationList | undefined;
    try {
      for (let isMore = true; isMore;) {
        const answer = checked(await this.inTime((signal) => this.feed.read(this.cursor, signal)), this.cursor);
        if (answer.isFromStart) seen = this.nothingSeen();
        await this.takeAll(answer.entries, seen);
        this.cursor = answer.cursor;
        ({ asOf } = answer);
        isMore = answer.hasMore;
        if (isMore) await nextTurn();
      }
    } catch (error) {
      if (seen !== undefined) this.cursor = undefined; // half of everything shows no loss: from the beginning again
      throw error;
    }
    if (seen !== undefined) await this.retell(seen, askedAt);
    return asOf;
  }

  /** Whether an entry waits to be published, or to come back, or may have found no place among those that do. */
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
   * @throws if it does not answer.
   */
  async tell(entry: RevocationEntry): Promise<boolean> {
    if (this.feed.publish === undefined) return false;
    const outgoing = this.outgoing.add(entry, 0) ?? this.addStandIn(entry);
    if (outgoing === undefined) return false;
    outgoing.publishedAt = undefined;
    try {
      await this.publish();
    } catch (error) {
      if (!isPublished(outgoing)) throw error; // else it was another one that the feed did not take
    }
    return isPublished(outgoing);
  }

  /**
   * Told that rules here have given way to wider ones. While the feed is told no further rules, it is told those: what gave way could not be
   * published later.
   */
  noteGivenWay(added: readonly RevocationEntry[]): void {
    if (!this.outgoing.isOverfull) return;
    for (const entry of added) this.outgoing.add({ ...entry, standsIn: undefined }, 0, true);
  }

  /** A rule that found no place, and for which another stands in here, is not looked for later: the wider rule is published in its place. */
  private addStandIn(entry: RevocationEntry): Outgoing | undefined {
    const rule = this.host.standInFor(entry);
    return rule && this.outgoing.add({ ...rule, standsIn: undefined }, 0, true);
  }

  /** Publishes what is due. One batch at a time; who comes meanwhile waits for the next. @throws if the feed does not take it. */
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
    // What found no place among them is found where everything is read again.
    if (this.outgoing.takeLeftOut()) this.cursor = undefined;
  }

  /** What is due now, not what becomes due meanwhile: where rules are made without a pause, that would never end. What was just made comes first. */
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
    const told = batch.map(({ entry }) => entry);
    const texts = told.map(entryText);
    try {
      await this.inTime(async (signal) => this.feed.publish?.(texts, signal));
    } catch (error) {
      for (const outgoing of batch) {
        outgoing.isSuspect = true;
        outgoing.dueAt = performance.now() + SUSPECT_AFTER_MS * (0.5 + Math.random());
      }
      throw error;
    }
    batch.forEach((outgoing, index) => {
      outgoing.isSuspect = false;
      if (outgoing.entry !== told[index]) return; // more was made of the rule meanwhile
      outgoing.publishedAt = performance.now();
      outgoing.dueAt = outgoing.publishedAt + REPEAT_AFTER_MS;
    });
  }

  /** A part in each turn of the event loop, so that requests do not wait for all of a large answer. */
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

  /** Only whoever can tell has to know what there is. */
  private nothingSeen(): RevocationList | undefined {
    return this.feed.publish === undefined ? undefined : new RevocationList({ ...this.host.limits, maxEntries: Infinity });
  }

  /**
   * Plans to tell what the feed has lost.
   * @param seen All that it has.
   * @param askedAt Since when it was read, on the clock of this process.
   */
  private async retell(seen: RevocationList, askedAt: number): Promise<void> {
    // A feed that keeps rules, not entries, has one without giving it back as it was told, and forgets what has ended.
    // It may have put a wider rule in place of what it took.
    const isStoodFor = (entry: RevocationEntry) => seen.standInFor(entry) !== undefined;
    const has = ({ entry, publishedAt }: Outgoing) => seen.holds(entry) || (publishedAt !== undefined && isStoodFor(entry));
    this.outgoing.forget(has, this.host.nowSeconds());
    const dueAt = performance.now() + Math.random() * RETELL_WITHIN_MS;
    let count = 0;
    let looked = 0;
    for (const entry of this.host.held()) {
      const isThere = entry.standsIn === true || seen.holds(entry) || isStoodFor(entry);
      if (!isThere && this.isLost(entry, askedAt, dueAt)) count++;
      if (++looked % TAKEN_AT_ONCE === 0) await nextTurn();
    }
    if (count > 0) this.host.retold(count);
  }

  /** Whether an entry that the feed does not have is not just on its way to it; then it is published again. */
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

/** Asked anew after each wait. */
function isPublished({ publishedAt }: Outgoing): boolean {
  return publishedAt !== undefined;
}

/** A feed of the application's own may answer anything. */
function checked(answer: FeedAnswer, since: string | undefined): FeedAnswer {
  if (!isRecord(answer) || !Array.isArray(answer.entries) || typeof answer.cursor !== 'string')
    throw new Error('it answered something else than { entries, cursor }');
  if (answer.asOf !== undefined && !Number.isFinite(answer.asOf)) throw new Error('its "asOf" is no moment in milliseconds');
  if (!answer.hasMore || answer.cursor !== since) return answer;
  throw new Error('it says that there is more, but its cursor stands where it was');
}
