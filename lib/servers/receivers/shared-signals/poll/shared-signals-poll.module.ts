import { Module, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { AuthenticationSettings } from '../../../../authentication/index.js';
import type { Revocations } from '../../../../revocation/index.js';
import { POLLED_TOKEN } from '../security-event-token.js';
import { POLL_MODULE, sharedSignalsPollSettings, type SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import { ConfigurableModuleClass, SHARED_SIGNALS_POLL_OPTIONS } from './shared-signals-poll.module-definition.js';
import { SharedSignals } from '../shared-signals.js';
import { TransmitterPoll } from './transmitter-poll.js';
import { HOST } from '../../routes/receiver-host.js';

const POLL_SETTINGS = Symbol('authz:poll-settings');

/**
 * Polls a transmitter for security events (Shared Signals Framework 1.0, RFC 8936), for applications that it cannot reach. Revokes the tokens
 * that a CAEP event ends, here and in every service that shares the feed of AuthzModule's `revocation`.
 *
 * @example
 * SharedSignalsPollModule.forRoot({
 *   issuer: 'https://ssf.acme.com',
 *   audience: 'https://orders.acme.com',
 *   url: 'https://ssf.acme.com/streams/42/poll',
 *   authorization: async () => `Bearer ${await tokens.current()}`,
 * })
 */
@Module({
  providers: [
    { provide: POLL_SETTINGS, useFactory: sharedSignalsPollSettings, inject: [SHARED_SIGNALS_POLL_OPTIONS] },
    {
      provide: SharedSignals,
      useFactory: (settings: SharedSignalsPollSettings, revocations?: Revocations, trusted?: AuthenticationSettings) =>
        new SharedSignals(settings, POLLED_TOKEN, { revocations, trusted }, POLL_MODULE),
      inject: [POLL_SETTINGS, ...HOST],
    },
    {
      provide: TransmitterPoll,
      useFactory: (settings: SharedSignalsPollSettings, signals: SharedSignals) => new TransmitterPoll(settings, signals),
      inject: [POLL_SETTINGS, SharedSignals],
    },
  ],
  exports: [SharedSignals],
})
export class SharedSignalsPollModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  private starting: NodeJS.Immediate | undefined;

  /** @internal Created by Nest. */
  constructor(
    private readonly signals: SharedSignals,
    private readonly poll: TransmitterPoll,
  ) {
    super();
  }

  onModuleInit(): void {
    this.signals.check();
  }

  /** Polling begins once the application has started, so that no start waits for a transmitter. */
  onApplicationBootstrap(): void {
    this.starting = setImmediate(() => {
      this.signals.start();
      this.poll.start();
    });
  }

  async onModuleDestroy(): Promise<void> {
    clearImmediate(this.starting);
    this.signals.stop();
    await this.poll.stop();
  }
}
