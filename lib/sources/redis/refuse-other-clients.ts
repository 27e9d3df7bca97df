import { AuthzConfigError } from '../../core/index.js';

/**
 * What came is not shown: a URL or connection options in its place would carry the password.
 * @throws AuthzConfigError if the value is no client of ioredis.
 */
export function refuseOtherClients(client: unknown): void {
  if (typeof client === 'object' && client !== null && 'hstrlen' in client && ('subscribe' in client || 'nodes' in client))
    return;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_CLIENT',
    `"client" must be a client of ioredis, such as new Redis(url) or new Redis.Cluster(nodes), got a value of type ${typeof client} that is none.`,
  );
}
