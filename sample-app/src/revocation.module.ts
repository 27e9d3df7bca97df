import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RevocationSetup } from 'nestjs-authz';
import { redisRevocations } from 'nestjs-authz/redis';
import { setting } from './setting.js';

const url = process.env['REDIS_URL'] ?? '';
const client = url === '' ? undefined : new Redis(url).on('error', () => undefined); // the library logs that Redis is away

/** How a service hears that a session has ended: through Redis, and where there is none, not at all. */
export const revocation: RevocationSetup =
  client === undefined
    ? { feed: null }
    : {
        feed: redisRevocations({ client }),
        diskCopy: setting('REVOCATIONS_COPY'), // for a start while Redis is down
        pollIntervalSeconds: 1, // lets the walk see an outage at once. Leave it out.
      };

/** Closes the connection when the service stops; the library leaves the application's own client alone. */
@Module({})
export class RevocationModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    client?.disconnect();
  }
}
