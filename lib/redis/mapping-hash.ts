import type { FetchedMapping } from '../mapping/index.js';
import { connected } from './connected.js';
import type { RedisClient } from './redis-client.interface.js';
import { DOCUMENT, VERSION } from './redis-place.js';

/** Reads the hash that holds the document. */
export class MappingHash {
  private isUnanswered = false;

  constructor(
    private readonly client: RedisClient,
    private readonly key: string,
  ) {}

  /**
   * The document with its version, or that the version is still this one. A command cannot be called back once it is given to the client,
   * so none is added while an earlier one waits for its answer: behind a server that hangs nothing piles up.
   */
  async fetch(version: string | undefined, signal: AbortSignal, maxBytes: number): Promise<FetchedMapping | 'unchanged'> {
    if (this.isUnanswered) throw new Error('Redis has not answered the previous request yet');
    await connected(this.client, signal);
    this.isUnanswered = true;
    try {
      return await this.read(version, signal, maxBytes);
    } catch (error) {
      throw isWrongType(error) ? this.noDocument() : error;
    } finally {
      this.isUnanswered = false;
    }
  }

  private async read(version: string | undefined, signal: AbortSignal, maxBytes: number): Promise<FetchedMapping | 'unchanged'> {
    const { client, key } = this;
    const [current, length] = await Promise.all([client.hget(key, VERSION), client.hstrlen(key, DOCUMENT)]);
    const bytes = Number(length);
    if (bytes === 0) throw this.noDocument();
    if (version !== undefined && current === version) return 'unchanged';
    if (bytes > maxBytes) throw new Error(`it has ${bytes} bytes, more than the ${maxBytes} that maxBytes allows`);
    signal.throwIfAborted();
    // Both once more and at once: another document may have been published since.
    const [text, itsVersion] = await client.hmget(key, DOCUMENT, VERSION);
    if (typeof text !== 'string') throw this.noDocument();
    return { text, version: itsVersion ?? undefined };
  }

  private noDocument(): Error {
    return new Error(`the key ${JSON.stringify(this.key)} holds no document. Publish one with publishMapping()`);
  }
}

function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}
