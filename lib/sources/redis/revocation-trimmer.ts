import { readEntry } from '../../revocation/index.js';
import type { RedisStreamEntry, RevocationRedisClient } from './redis-client.interface.js';
import { PAGE, textOf, type RevocationStream } from './revocation-stream.js';

/** Services may allow longer lives of tokens than the one that made a rule: an entry stays so long beyond its end, in seconds. */
const KEPT_SECONDS = 3600;
/** What is no entry may be one to a newer version: it stays so long after it was added, in seconds. */
const UNREADABLE_SECONDS = 86_400;
/** Most pages looked at in one run. */
const MAX_PAGES = 50;
/** Between two looks, in milliseconds, a quarter more or less. */
const INTERVAL_MS = 60_000;
/** For so long after a run begins no other begins anywhere, in milliseconds. */
const LOCK_MS = 40_000;

/** Removes from the stream what has ended, a part at a time. */
export class RevocationTrimmer {
  /** Where the next run goes on. */
  private from = '-';

  constructor(
    private readonly client: RevocationRedisClient,
    private readonly stream: RevocationStream,
  ) {}

  /**
   * Trims now and then, where no other instance does. One run at a time: the next is planned when it has ended, whatever it waits for.
   * @param ran Called after each run of this instance.
   * @param failed Told of a missing right; what is not done for another reason, a later run does.
   * @returns What ends it.
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

  /** One run, unless another instance has just begun one. @returns Whether it was made. */
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

  /** By the earlier of the two clocks, in seconds since 1970: one that is ahead must not remove what is in force. */
  private async now(): Promise<number> {
    const [seconds] = await this.client.time();
    return Math.min(Number(seconds), Date.now() / 1000);
  }

  /**
   * Where at least half of a page has ended, adds the rest of it at the end once more, then removes the page: the order does not matter, and
   * a node of the stream gives its memory back only when all of it is gone. Removed is what was read and nothing else, and never the entry
   * read last, since the newest of the stream is where readers stand.
   * @returns Where the next page begins.
   */
  private async page(from: string, nowSeconds: number): Promise<string> {
    const found = await this.stream.range(from, PAGE + 1);
    const page = found.slice(0, -1);
    const live = page.filter((entry) => !hasEnded(entry, nowSeconds));
    if (live.length < page.length && live.length <= page.length / 2) {
      // What cannot be read could not be added again as it is, so it stays where it is.
      const movable = live.filter((entry) => typeof readEntry(textOf(entry)) !== 'string');
      const staying = new Set(live.filter((entry) => !movable.includes(entry)));
      await this.stream.add(movable.map((entry) => textOf(entry) ?? ''));
      await this.client.xdel(this.stream.key, ...page.filter((entry) => !staying.has(entry)).map(([id]) => id));
    }
    return found.length > PAGE ? (found.at(-1)?.[0] ?? '-') : '-';
  }
}

function hasEnded(given: RedisStreamEntry, nowSeconds: number): boolean {
  const entry = readEntry(textOf(given));
  if (typeof entry !== 'string') return entry.expiresAt + KEPT_SECONDS < nowSeconds;
  return Number.parseInt(given[0], 10) / 1000 + UNREADABLE_SECONDS < nowSeconds;
}
