import { Module, type NestModule, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AuthenticationSettings } from '../../../../authentication/index.js';
import type { Revocations } from '../../../../revocation/index.js';
import { prepareRoute } from '../../routes/prepare-route.js';
import { PUSHED_TOKEN } from '../security-event-token.js';
import { PUSH_MODULE, sharedSignalsPushSettings, type SharedSignalsPushSettings } from './shared-signals-push-settings.js';
import { EVENT_MEDIA_TYPE, PUSH_SETTINGS, pushRefusal } from './shared-signals-push.controller.js';
import { ConfigurableModuleClass, SHARED_SIGNALS_PUSH_OPTIONS } from './shared-signals-push.module-definition.js';
import { SharedSignals } from '../shared-signals.js';
import { HOST } from '../../routes/receiver-host.js';

/**
 * Receives security events pushed by a transmitter (Shared Signals Framework 1.0, RFC 8935): `POST /security-events` revokes the tokens that a
 * CAEP event ends, here and in every service that shares the feed of AuthzModule's `revocation`.
 *
 * @example
 * SharedSignalsPushModule.forRoot({ issuer: 'https://ssf.acme.com', audience: 'https://orders.acme.com' })
 */
@Module({
  providers: [
    { provide: PUSH_SETTINGS, useFactory: sharedSignalsPushSettings, inject: [SHARED_SIGNALS_PUSH_OPTIONS] },
    {
      provide: SharedSignals,
      useFactory: (settings: SharedSignalsPushSettings, revocations?: Revocations, trusted?: AuthenticationSettings) =>
        new SharedSignals(settings, PUSHED_TOKEN, { revocations, trusted }, PUSH_MODULE),
      inject: [PUSH_SETTINGS, ...HOST],
    },
  ],
  exports: [SharedSignals],
})
export class SharedSignalsPushModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  /** @internal Created by Nest. */
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly signals: SharedSignals,
  ) {
    super();
  }

  /** Called by Nest before routes are registered. */
  configure(): void {
    prepareRoute(this.adapters.httpAdapter, {
      mediaType: EVENT_MEDIA_TYPE,
      unreadable: pushRefusal('body'),
    });
  }

  onModuleInit(): void {
    this.signals.check();
  }

  onApplicationBootstrap(): void {
    this.signals.start();
  }

  onModuleDestroy(): void {
    this.signals.stop();
  }
}
