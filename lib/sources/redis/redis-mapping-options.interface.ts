import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { RedisClient } from './redis-client.interface.js';

/** Options of {@link redisMapping}. */
export interface RedisMappingOptions extends RemoteMappingOptions {
  /** The application's own ioredis client: `Redis` (including Sentinel) or `Cluster`. The source reads with it and never closes it. */
  readonly client: RedisClient;
  /** Hash that holds the document; the client's `keyPrefix` is added. Default: `authz:mapping`. */
  readonly key?: string;
  /** Channel on which a new document is announced; the client's `keyPrefix` is not added. Default: the value of `key`. */
  readonly channel?: string;
}
