import type { FeedAnswer } from '../../revocation/index.js';
import { isWrongType, OneRequest } from './one-request.js';
import type { RedisStreamEntry, RevocationRedisClient } from './redis-client.interface.js';

/** The field that holds an entry's JSON text. Others are not looked at. */
const FIELD = 'entry';
/** Entries read at once. */
export const PAGE = 1000;
/** The cursor of who has read an empty stream. No entry has this id. */
const START = '0-0';

/** Reads and writes the stream that holds the entries. */
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

  /** What came after the entry with the cursor's id. Where that is gone, the stream is not the one that was read: everything. */
  async read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer> {
    return this.named(() =>
      this.reads.run(signal, async () => {
        const newer = since === undefined ? undefined : await this.readAfter(since);
        if (newer !== undefined) return newer;
        signal.throwIfAborted();
        return answer(await this.range('-', PAGE), START, true);
      }),
    );
  }

  /** Adds entries and announces them. @returns Why they could not be announced. @throws if not all of them are there. */
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

  /** At most so many entries from an id on. */
  range(from: string, count: number): Promise<RedisStreamEntry[]> {
    return this.client.xrange(this.key, from, '+', 'COUNT', count);
  }

  /** Adds entries at the end. @throws if not all of them are there, once it is known of each. */
  async add(entries: readonly string[]): Promise<void> {
    const added = await Promise.allSettled(entries.map((text) => this.client.xadd(this.key, '*', FIELD, text)));
    const failed = added.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** From the cursor's own entry on: one command brings what is new and shows whether that is still there. */
  private async readAfter(since: string): Promise<FeedAnswer | undefined> {
    if (since === START) return answer(await this.range('-', PAGE), since, false);
    const [known, ...found] = await this.range(since, PAGE + 1);
    return known?.[0] === since ? answer(found, since, false) : undefined;
  }

  private async named<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isWrongType(error)) throw error;
      throw new Error(
        `the key ${JSON.stringify(this.key)} holds something else than a stream. Delete it, or name another "key"`,
        {
          cause: error,
        },
      );
    }
  }
}

/** The JSON text of an entry; `undefined` where it has none. */
export function textOf([, fields]: RedisStreamEntry): string | undefined {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === FIELD) return fields[index + 1];
  return undefined;
}

function answer(found: readonly RedisStreamEntry[], since: string, isFromStart: boolean): FeedAnswer {
  return {
    entries: found.map(textOf),
    cursor: found.at(-1)?.[0] ?? since,
    hasMore: found.length === PAGE,
    isFromStart,
  };
}
