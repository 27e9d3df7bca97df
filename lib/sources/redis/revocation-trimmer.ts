import { readEntry } from '../../revocation/index.js';
import type { RedisStreamEntry, RevocationRedisClient } from './redis-client.interface.js';
import { PAGE, jsonOf, type RevocationStream } from './revocation-stream.js';

/** Time for which an expired entry stays, in seconds: other services may have longer token lifetimes than its maker. */
const KEPT_SECONDS = 3600;
/** Time for which an unreadable entry stays after it was added, in seconds: a newer version may be able to read it. */
const UNREADABLE_SECONDS = 86_400;
/** Most pages visited in one run. */
const MAX_PAGES = 50;
/** Time between two runs, in milliseconds, plus or minus a quarter. */
const INTERVAL_MS = 60_000;
/** Time after the start of a run in which no instance starts another, in milliseconds. */
const LOCK_MS = 40_000;

/** Removes expired entries from the stream, a part at a time. */
export class RevocationTrimmer {
  /** Id at which the next run continues. */
  private from = '-';

  constructor(
    private readonly client: RevocationRedisClient,
    private readonly stream: RevocationStream,
  ) {}

  /**
   * Trims at intervals, unless another instance does. The next run is scheduled when the previous one has ended, however long it waits.
   * @param ran Called after each run of this instance.
   * @param failed Called if a permission in Redis is missing. After any other error, a later run tries again.
   * @returns A function that stops it.
   */
  repeat(ran: () => void, failed: (error: Error) => void): () => void {
    let timer: NodeJS.Timeout;
    let stopped = false;
    const plan = () => {
      if (!stopped) timer = setTimeout(() => void run(), INTERVAL_MS * (0.75 + Math.random() / 2)).unref();
    };
    const run = async () => {
      try {
        if (this.client.status === 'ready' && (await this.run(() => stopped))) ran();
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('NOPERM')) failed(error);
      }
      plan();
    };
    plan();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  /** Runs once, unless another instance has just begun to. @returns Whether it ran. */
  async run(isOver: () => boolean = () => false): Promise<boolean> {
    const locked = await this.client.set(`${this.stream.key}:trimming`, '1', 'PX', LOCK_MS, 'NX');
    if (locked === null) return false;
    const nowSeconds = await this.now();
    for (let pages = 0; pages < MAX_PAGES && !isOver(); pages++) {
      this.from = await this.page(this.from, nowSeconds);
      if (this.from === '-') break;
    }
    return true;
  }

  /** The earlier of both clocks, in seconds since 1970: a clock that is ahead must not remove entries in force. */
  private async now(): Promise<number> {
    const [seconds] = await this.client.time();
    return Math.min(Number(seconds), Date.now() / 1000);
  }

  /**
   * If at least half of a page has expired, appends the other half again and removes the page. The order of entries does not matter, and Redis
   * frees a node of the stream only when all of its entries are gone. Removes only what it has read, and never the last entry: readers' cursors
   * point at the newest one.
   * @returns Id at which the next page begins.
   */
  private async page(from: string, nowSeconds: number): Promise<string> {
    const found = await this.stream.range(from, PAGE + 1);
    const page = found.slice(0, -1);
    const live = page.filter((entry) => !hasEnded(entry, nowSeconds));
    if (live.length < page.length && live.length <= page.length / 2) {
      // An unreadable entry could not be appended unchanged, so it stays where it is.
      const movable = live.filter((entry) => typeof readEntry(jsonOf(entry)) !== 'string');
      const staying = new Set(live.filter((entry) => !movable.includes(entry)));
      await this.stream.add(movable.map((entry) => jsonOf(entry) ?? ''));
      await this.client.xdel(this.stream.key, ...page.filter((entry) => !staying.has(entry)).map(([id]) => id));
    }
    return found.length > PAGE ? (found.at(-1)?.[0] ?? '-') : '-';
  }
}

function hasEnded(given: RedisStreamEntry, nowSeconds: number): boolean {
  const entry = readEntry(jsonOf(given));
  if (typeof entry !== 'string') return entry.expiresAt + KEPT_SECONDS < nowSeconds;
  return Number.parseInt(given[0], 10) / 1000 + UNREADABLE_SECONDS < nowSeconds;
}
