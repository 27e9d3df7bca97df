import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RevocationFeed, RevocationSetup } from 'nestjs-authz';
import { httpRevocations } from 'nestjs-authz/http-bundle';
import { redisRevocations } from 'nestjs-authz/redis';
import { serviceToken } from './service-token.js';
import { setting } from './setting.js';

const url = process.env['REDIS_URL'] ?? '';
const client = url === '' ? undefined : new Redis(url).on('error', () => undefined); // the library logs that Redis is away

/** The second act of the walk: rules go through Redis. `undefined` where there is none. */
export const redisFeed: RevocationFeed | undefined = client && redisRevocations({ client });

/** How a service hears that a session has ended: from the authority, over HTTP. */
export function revocation(): RevocationSetup {
  return {
    feed: redisFeed ?? fromAuthority(),
    diskCopy: setting('REVOCATIONS_COPY'), // for a start while the authority is down
    pollIntervalSeconds: 1, // lets the walk see an outage at once. Leave it out.
  };
}

function fromAuthority(): RevocationFeed {
  return httpRevocations({
    url: `${setting('AUTHORITY_URL')}/revocations`,
    changes: `${setting('AUTHORITY_URL')}/revocations/changes`, // a rule is here at once, not with the next poll
    serviceToken: serviceToken(),
    signature: { keys: [JSON.parse(setting('AUTHORITY_KEY'))] }, // pinned: nobody else can end sessions, or hide that one has ended
    readOnly: true, // this service ends no sessions
  });
}

/** Closes the connection to Redis when the service stops; the library leaves the application's own client alone. */
@Module({})
export class RevocationModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    client?.disconnect();
  }
}
