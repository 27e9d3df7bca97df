import type { FeedAnswer } from '../../revocation/index.js';
import { isWrongType, OneRequest } from './one-request.js';
import type { RedisStreamEntry, RevocationRedisClient } from './redis-client.interface.js';

/** Field with an entry's JSON. Other fields are ignored. */
const FIELD = 'entry';
/** Entries read at once. */
export const PAGE = 1000;
/** Cursor after an empty stream. No entry has this id. */
const START = '0-0';

/** Reads and writes the stream with the entries. */
export class RevocationStream {
  private readonly reads: OneRequest;
  private readonly writes: OneRequest;

  constructor(
    private readonly client: RevocationRedisClient,
    readonly key: string,
  ) {
    this.reads = new OneRequest(client);
    this.writes = new OneRequest(client);
  }

  /** Reads what was added after the cursor's entry. If that entry is gone, the stream is not the one read before: reads everything. */
  async read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer> {
    return this.named(() =>
      this.reads.run(signal, async () => {
        const newer = since === undefined ? undefined : await this.readAfter(since);
        if (newer !== undefined) return newer;
        signal.throwIfAborted();
        return pageOf(await this.range('-', PAGE), START, true);
      }),
    );
  }

  /** Adds entries and announces them. @returns Why they could not be announced. @throws if some of them may be missing. */
  async publish(entries: readonly string[], channel: string, signal: AbortSignal): Promise<unknown> {
    return this.named(() =>
      this.writes.run(signal, async () => {
        await this.add(entries);
        return this.client.publish(channel, 'changed').then(
          () => undefined,
          (error: unknown) => error,
        );
      }),
    );
  }

  /** Reads at most `count` entries, starting at an id. */
  range(from: string, count: number): Promise<RedisStreamEntry[]> {
    return this.client.xrange(this.key, from, '+', 'COUNT', count);
  }

  /** Appends entries. @throws if some of them may be missing, after every command has completed. */
  async add(entries: readonly string[]): Promise<void> {
    const added = await Promise.allSettled(entries.map((json) => this.client.xadd(this.key, '*', FIELD, json)));
    const failed = added.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Reads from the cursor's own entry on: one command returns the new entries and shows whether that entry still exists. */
  private async readAfter(since: string): Promise<FeedAnswer | undefined> {
    if (since === START) return pageOf(await this.range('-', PAGE), since, false);
    const [known, ...found] = await this.range(since, PAGE + 1);
    return known?.[0] === since ? pageOf(found, since, false) : undefined;
  }

  private async named<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isWrongType(error)) throw error;
      throw new Error(`the key ${JSON.stringify(this.key)} is not a stream. Delete it, or set another "key"`, {
        cause: error,
      });
    }
  }
}

/** Returns the JSON of an entry; `undefined` if it has none. */
export function jsonOf([, fields]: RedisStreamEntry): string | undefined {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === FIELD) return fields[index + 1];
  return undefined;
}

function pageOf(found: readonly RedisStreamEntry[], since: string, isFromStart: boolean): FeedAnswer {
  return {
    entries: found.map(jsonOf),
    cursor: found.at(-1)?.[0] ?? since,
    hasMore: found.length === PAGE,
    isFromStart,
  };
}
