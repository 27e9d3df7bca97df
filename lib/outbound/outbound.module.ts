import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AUTHENTICATION_SETTINGS, type AuthenticationSettings } from '../authentication/index.js';
import { CallScope } from '../authorization/index.js';
import { Revocations } from '../revocation/index.js';
import type { CallerHost } from './caller-token.js';
import type { OutboundOptions } from './outbound-options.interface.js';
import { outboundSettings } from './outbound-settings.js';
import { ConfigurableModuleClass, OUTBOUND_OPTIONS } from './outbound.module-definition.js';
import { Outbound } from './outbound.js';

/**
 * Configures the calls to other services, and the token for each: the caller's token, one exchanged for it, or this service's own.
 *
 * @example
 * OutboundModule.forRoot({
 *   client: { issuer: 'https://id.acme.com', clientId: 'orders', clientSecret: process.env.CLIENT_SECRET },
 *   targets: { invoices: { token: 'exchange', audience: 'https://invoices.acme.com' } },
 * })
 */
@Global()
@Module({
  providers: [
    {
      provide: Outbound,
      useFactory: (options: OutboundOptions, ...host: HostParts) => new Outbound(outboundSettings(options), hostOf(...host)),
      inject: [
        OUTBOUND_OPTIONS,
        { token: CallScope, optional: true },
        { token: Revocations, optional: true },
        { token: AUTHENTICATION_SETTINGS, optional: true },
      ],
    },
  ],
  exports: [Outbound],
})
export class OutboundModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  /** @internal Created by Nest. */
  constructor(private readonly outbound: Outbound) {
    super();
  }

  /** Stops token requests at the end of the shutdown: until then, a running request may need one. */
  onApplicationShutdown(): void {
    this.outbound.stop();
  }
}

type HostParts = readonly [scope?: CallScope, revocations?: Revocations, trusted?: AuthenticationSettings];

function hostOf(scope?: CallScope, revocations?: Revocations, trusted?: AuthenticationSettings): CallerHost | undefined {
  if (scope === undefined || revocations === undefined || trusted === undefined) return undefined;
  const [first, ...others] = trusted.issuers;
  const soleIssuer = others.length === 0 && trusted.resolver === undefined ? first?.issuer : undefined;
  return { scope, revocations, clockToleranceSeconds: trusted.limits.clockToleranceSeconds, soleIssuer };
}
