import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RevocationFeed, RevocationSetup } from 'nestjs-authz';
import { httpRevocations } from 'nestjs-authz/http-bundle';
import { redisRevocations } from 'nestjs-authz/redis';
import { serviceToken } from './service-token.js';
import { setting } from './setting.js';

const url = process.env['REDIS_URL'] ?? '';
const client = url === '' ? undefined : new Redis(url).on('error', () => undefined); // the library logs that Redis is unreachable

/** Distributes rules through Redis, for the last part of the walk-through. `undefined` without REDIS_URL. */
export const redisFeed: RevocationFeed | undefined = client && redisRevocations({ client });

/** Returns a service's revocation options: rules come from Redis if there is one, else from the authority over HTTP. */
export function revocation(): RevocationSetup {
  return {
    feed: redisFeed ?? fromAuthority(),
    diskCopy: setting('REVOCATIONS_COPY'), // for a start while the authority is down
    pollIntervalSeconds: 1, // shows an outage quickly in the walk-through; omit it in your service
  };
}

function fromAuthority(): RevocationFeed {
  return httpRevocations({
    url: `${setting('AUTHORITY_URL')}/revocations`,
    changes: `${setting('AUTHORITY_URL')}/revocations/changes`, // delivers a rule at once, not with the next poll
    serviceToken: serviceToken(),
    signature: { keys: [JSON.parse(setting('AUTHORITY_KEY'))] }, // pinned: no other key can revoke tokens, or hide a revocation
    readOnly: true, // this service revokes nothing
  });
}

/** Closes the connection to Redis when the service stops; the library does not close a client that the application created. */
@Module({})
export class RevocationModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    client?.disconnect();
  }
}
