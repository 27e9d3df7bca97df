import { AuthzConfigError } from '../../core/index.js';

/**
 * The value is not shown: a URL or connection options would contain the password.
 * @throws AuthzConfigError if the value is not a client of ioredis.
 */
export function refuseOtherClients(client: unknown): void {
  if (typeof client === 'object' && client !== null && 'hstrlen' in client && ('subscribe' in client || 'nodes' in client))
    return;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_CLIENT',
    `"client" must be a client of ioredis, such as new Redis(url) or new Redis.Cluster(nodes), got a value of type ${typeof client} that is none.`,
  );
}
