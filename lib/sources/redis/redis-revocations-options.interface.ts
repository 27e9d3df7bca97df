import type { RevocationRedisClient } from './redis-client.interface.js';

/** Options of {@link redisRevocations}. */
export interface RedisRevocationsOptions {
  /** The application's own ioredis client: `Redis` (including Sentinel) or `Cluster`. The feed uses it for everything except listening, and never closes it. */
  readonly client: RevocationRedisClient;
  /** Stream; the client's `keyPrefix` is added. Services that share it share their revocations. Default: `authz:revocations`. */
  readonly key?: string;
  /** Channel on which a new entry is announced; the client's `keyPrefix` is not added. Default: the value of `key`. */
  readonly channel?: string;
  /**
   * `true` for a service whose Redis user may only read: nothing is published or removed, and rules made in this service apply in this service only. Default:
   * `false`.
   */
  readonly readOnly?: boolean;
}
