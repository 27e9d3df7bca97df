import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AuthzConfigError } from '../../../core/index.js';
import { Revocations } from '../../../revocation/index.js';
import { ChangeNotices } from '../responses/change-notices.js';
import { RevocationPublisher } from './revocation-publisher.js';
import type { RevocationServerOptions } from './revocation-server-options.interface.js';
import { revocationSigner } from './revocation-server-settings.js';
import { ConfigurableModuleClass, REVOCATION_SERVER_OPTIONS } from './revocation-server.module-definition.js';

/**
 * Publishes the revocations of this application for `httpRevocations()` in every other service, and accepts theirs: `GET /revocations`, change
 * events at `/revocations/changes`, `POST /revocations`. Callers need the permission `revocations:read`, and to post `revocations:write`.
 * AuthzModule in the same application, with its option `revocation`, checks it.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping, revocation: { feed: null, diskCopy: '/var/lib/authority/revocations' } }),
 * RevocationServerModule.forRoot({ signingKey: process.env.REVOCATION_KEY, kid: '2026-01' }),
 */
@Module({
  providers: [
    { provide: ChangeNotices, useFactory: () => new ChangeNotices('revocations') },
    {
      provide: RevocationPublisher,
      useFactory: (options: RevocationServerOptions, notices: ChangeNotices, revocations: Revocations | undefined) =>
        new RevocationPublisher(inUse(revocations), revocationSigner(options), () => notices.notify()),
      inject: [REVOCATION_SERVER_OPTIONS, ChangeNotices, { token: Revocations, optional: true }],
    },
  ],
})
export class RevocationServerModule extends ConfigurableModuleClass implements OnApplicationBootstrap, OnModuleDestroy {
  /** @internal Created by Nest. */
  constructor(
    private readonly publisher: RevocationPublisher,
    private readonly notices: ChangeNotices,
  ) {
    super();
  }

  /** By now AuthzModule has loaded the rules, from the disk or the feed, unless both failed. */
  async onApplicationBootstrap(): Promise<void> {
    await this.publisher.start();
  }

  onModuleDestroy(): void {
    this.publisher.stop();
    this.notices.end();
  }
}

/** @throws AuthzConfigError without AuthzModule, or without its option `revocation`. */
function inUse(revocations: Revocations | undefined): Revocations {
  if (revocations === undefined)
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_SERVER_OPEN',
      'RevocationServerModule needs AuthzModule.forRoot() in the same application: without it, anyone could revoke every token.',
    );
  if (revocations.origin !== undefined) return revocations;
  throw new AuthzConfigError(
    'AUTHZ_REVOCATION_SERVER_OFF',
    'RevocationServerModule needs the option "revocation" of AuthzModule: without it, there is nothing to publish. Write revocation: { feed: null, diskCopy: \'/var/lib/authority/revocations\' } there, or a feed.',
  );
}
