import { Module, type NestModule, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AuthenticationSettings } from '../../../authentication/index.js';
import type { Revocations } from '../../../revocation/index.js';
import type { BackChannelLogoutOptions } from './back-channel-logout-options.interface.js';
import { backChannelLogoutSettings } from './back-channel-logout-settings.js';
import { LOGOUT_MEDIA_TYPE, logoutRefusal } from './back-channel-logout.controller.js';
import { BACK_CHANNEL_LOGOUT_OPTIONS, ConfigurableModuleClass } from './back-channel-logout.module-definition.js';
import { BackChannelLogout } from './back-channel-logout.js';
import { prepareRoute } from '../routes/prepare-route.js';
import { HOST } from '../routes/receiver-host.js';

/**
 * Receives logouts from the identity provider (OpenID Connect Back-Channel Logout 1.0): `POST /backchannel-logout` revokes the access tokens of the
 * session, here and in every service that shares the feed of AuthzModule's `revocation`.
 *
 * @example
 * BackChannelLogoutModule.forRoot({ issuer: 'https://id.acme.com', audience: 'shop-web' })
 */
@Module({
  providers: [
    {
      provide: BackChannelLogout,
      useFactory: (options: BackChannelLogoutOptions, revocations?: Revocations, trusted?: AuthenticationSettings) =>
        new BackChannelLogout(backChannelLogoutSettings(options), { revocations, trusted }),
      inject: [BACK_CHANNEL_LOGOUT_OPTIONS, ...HOST],
    },
  ],
})
export class BackChannelLogoutModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  /** @internal Created by Nest. */
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly logout: BackChannelLogout,
  ) {
    super();
  }

  /** Called by Nest before routes are registered. */
  configure(): void {
    prepareRoute(this.adapters.httpAdapter, {
      mediaType: LOGOUT_MEDIA_TYPE,
      unreadable: logoutRefusal('body'),
    });
  }

  onModuleInit(): void {
    this.logout.check();
  }

  onApplicationBootstrap(): void {
    this.logout.start();
  }

  onModuleDestroy(): void {
    this.logout.stop();
  }
}
