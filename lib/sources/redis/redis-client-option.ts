import { AuthzConfigError, kindOf, memberPath, peek } from '../../core/index.js';
import type { RedisClient, RevocationRedisClient } from './redis-client.interface.js';

/**
 * Refuses a value that is no client of ioredis. The value is not shown: a URL or connection options in its place have the password.
 *
 * @param place The function that takes the option `client`, as messages name it.
 * @throws AuthzConfigError
 */
export function redisClientOption(client: unknown, place: string): RedisClient & RevocationRedisClient {
  if (peek(client, 'hstrlen') !== undefined && (peek(client, 'subscribe') ?? peek(client, 'nodes')) !== undefined)
    return client as RedisClient & RevocationRedisClient;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_CLIENT',
    `"${memberPath(place, 'client')}" must be a client of ioredis, such as new Redis(url) or new Redis.Cluster(nodes), got ${kindOf(client)}.`,
  );
}
