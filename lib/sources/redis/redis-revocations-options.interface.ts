import type { RevocationRedisClient } from './redis-client.interface.js';

/** Which stream in Redis carries the revocations, and how. */
export interface RedisRevocationsOptions {
  /** The application's own ioredis client: `Redis` (Sentinel included) or `Cluster`. Everything but listening goes through it; it is never closed. */
  readonly client: RevocationRedisClient;
  /** The stream; the client's `keyPrefix` comes before it. All services that share it revoke together. Default: `authz:revocations`. */
  readonly key?: string;
  /** Where a new entry is announced; the client's `keyPrefix` does not apply. Default: the name given by `key`. */
  readonly channel?: string;
  /**
   * `true` for a service whose user in Redis may only read: nothing is published or removed, and what is revoked in it stays in it. Default:
   * `false`.
   */
  readonly readOnly?: boolean;
}
