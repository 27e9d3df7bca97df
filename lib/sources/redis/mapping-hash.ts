import type { FetchedMapping } from '../../mapping/index.js';
import { isWrongType, OneRequest } from './one-request.js';
import type { RedisClient } from './redis-client.interface.js';
import { DOCUMENT, VERSION } from './redis-place.js';

/** Longest version, in bytes: it is transferred at each poll. */
const MAX_VERSION_BYTES = 1024;

/** Reads the hash with the document. */
export class MappingHash {
  private readonly requests: OneRequest;

  constructor(
    private readonly client: RedisClient,
    private readonly key: string,
  ) {
    this.requests = new OneRequest(client);
  }

  /** Returns the document with its version, or `unchanged` if it still has this version. */
  async fetch(version: string | undefined, signal: AbortSignal, maxBytes: number): Promise<FetchedMapping | 'unchanged'> {
    try {
      return await this.requests.run(signal, () => this.read(version, signal, maxBytes));
    } catch (error) {
      throw isWrongType(error) ? this.noDocument() : error;
    }
  }

  private async read(version: string | undefined, signal: AbortSignal, maxBytes: number): Promise<FetchedMapping | 'unchanged'> {
    const { client, key } = this;
    refuseLong(Number(await client.hstrlen(key, VERSION)));
    const [current, length] = await Promise.all([client.hget(key, VERSION), client.hstrlen(key, DOCUMENT)]);
    const bytes = Number(length);
    if (bytes === 0) throw this.noDocument();
    if (version !== undefined && current === version) return 'unchanged';
    if (bytes > maxBytes) throw new Error(`it has ${bytes} bytes, more than the ${maxBytes} that maxBytes allows`);
    signal.throwIfAborted();
    // Reads both at once: another document may have been published meanwhile.
    const [text, itsVersion] = await client.hmget(key, DOCUMENT, VERSION);
    if (typeof text !== 'string') throw this.noDocument();
    refuseLong(Buffer.byteLength(itsVersion ?? ''));
    return { text, version: itsVersion ?? undefined };
  }

  private noDocument(): Error {
    return new Error(`the key ${JSON.stringify(this.key)} has no document. Publish one with publishMapping()`);
  }
}

function refuseLong(versionBytes: number): void {
  if (versionBytes > MAX_VERSION_BYTES)
    throw new Error(`its "${VERSION}" has ${versionBytes} bytes, more than ${MAX_VERSION_BYTES}: use a digest or a date`);
}
