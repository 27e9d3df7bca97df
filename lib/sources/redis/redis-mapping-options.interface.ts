import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { RedisClient } from './redis-client.interface.js';

/** Which document in Redis, and how it is followed. */
export interface RedisMappingOptions extends RemoteMappingOptions {
  /** The application's own ioredis client: `Redis` (Sentinel included) or `Cluster`. Reads go through it; it is never closed. */
  readonly client: RedisClient;
  /** The hash that holds the document; the client's `keyPrefix` comes before it. Default: `authz:mapping`. */
  readonly key?: string;
  /** Where a new document is announced; the client's `keyPrefix` does not apply. Default: the name given by `key`. */
  readonly channel?: string;
}
