import { AuthzConfigError, kindOf, memberPath, peek } from '../../core/index.js';
import type { RedisClient, RevocationRedisClient } from './redis-client.interface.js';

/**
 * Rejects a value that is not a client of ioredis. The message does not show the value: a URL or connection options would contain the password.
 *
 * @param place Name in messages of the function that takes the option `client`.
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
