import { Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { AuthzGuard } from '../../../authorization/index.js';
import { AuthzConfigError } from '../../../core/index.js';
import { ChangeNotices } from '../responses/change-notices.js';
import { MappingPublisher } from './mapping-publisher.js';
import type { MappingServerOptions } from './mapping-server-options.interface.js';
import { mappingServerSettings } from './mapping-server-settings.js';
import { ConfigurableModuleClass, MAPPING_SERVER_OPTIONS } from './mapping-server.module-definition.js';

/**
 * Publishes the mapping as a signed bundle, for `httpBundle()` in every other service: `GET /mapping`, its history at `/mapping/revisions`, and
 * change events at `/mapping/changes`. Callers need the permission `mapping:read`, which AuthzModule in the same application checks.
 *
 * @example
 * MappingServerModule.forRoot({
 *   source: fileMapping('roles.yaml'),
 *   issuer: 'https://authority.acme.com',
 *   signingKey: process.env.MAPPING_KEY,
 *   kid: '2026-01',
 *   validForSeconds: 7 * 86400,
 * })
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: ChangeNotices, useFactory: () => new ChangeNotices('mapping') },
    {
      provide: MappingPublisher,
      useFactory: (options: MappingServerOptions, notices: ChangeNotices) =>
        new MappingPublisher(mappingServerSettings(options), () => notices.notify()),
      inject: [MAPPING_SERVER_OPTIONS, ChangeNotices],
    },
  ],
})
export class MappingServerModule extends ConfigurableModuleClass implements OnModuleInit, OnModuleDestroy {
  /** @internal Created by Nest. */
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly publisher: MappingPublisher,
    private readonly notices: ChangeNotices,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    if (!this.discovery.getProviders().some(({ token }) => token === AuthzGuard))
      throw new AuthzConfigError(
        'AUTHZ_MAPPING_SERVER_OPEN',
        'MappingServerModule needs AuthzModule.forRoot() in the same application: without it, anyone could read the mapping.',
      );
    await this.publisher.start();
  }

  onModuleDestroy(): void {
    this.publisher.stop();
    this.notices.end();
  }
}
