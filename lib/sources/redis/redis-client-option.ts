import { AuthzConfigError, isRecord, kindOf, memberPath } from '../../core/index.js';

/**
 * Refuses a value that is no client of ioredis. The value is not shown: a URL or connection options in its place have the password.
 *
 * @param place The function that takes the option `client`, as messages name it.
 * @throws AuthzConfigError
 */
export function redisClientOption<Client>(client: unknown, place: string): Client {
  if (isRecord(client) && 'hstrlen' in client && ('subscribe' in client || 'nodes' in client)) return client as Client;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_CLIENT',
    `"${memberPath(place, 'client')}" must be a client of ioredis, such as new Redis(url) or new Redis.Cluster(nodes), got ${kindOf(client)}.`,
  );
}
