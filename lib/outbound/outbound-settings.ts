import { optional } from '../network/client-credentials/index.js';
import { AuthzConfigError, flagOption, isRecord, numberOption, refuseUnknownMembers, shown } from '../core/index.js';
import { outboundClientSettings, type OutboundClientSettings } from './client-settings.js';
import type { OutboundOptions } from './outbound-options.interface.js';
import { targetSettings, type TargetSettings } from './targets/target-settings.js';

/** The options of `OutboundModule`, with every default filled in. */
export interface OutboundSettings {
  readonly client: OutboundClientSettings | undefined;
  readonly targets: ReadonlyMap<string, TargetSettings>;
  readonly traceContext: boolean;
  readonly maxExchangedTokens: number;
}

const OPTIONS: readonly (keyof OutboundOptions)[] = ['targets', 'client', 'traceContext', 'maxExchangedTokens'];

/** Reads and checks the options. @throws AuthzConfigError that names the first wrong option; never with a secret or a key. */
export function outboundSettings(options: OutboundOptions): OutboundSettings {
  if (!isRecord(options))
    throw new AuthzConfigError('AUTHZ_OUTBOUND', `OutboundModule needs options { client, targets }, got ${shown(options)}.`);
  refuseUnknownMembers(options, OPTIONS, 'OutboundModule');
  const targets = targetsOf(options.targets);
  const client = optional(options.client, outboundClientSettings);
  const needy = [...targets.values()].find(({ token }) => token !== 'forward');
  if (client === undefined && needy !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_CLIENT',
      `"targets.${needy.name}" needs a token of the provider, so "client" is required. ` +
        'Write client: { issuer: "https://id.acme.com", clientId: "orders", clientSecret: process.env.CLIENT_SECRET }.',
    );
  return {
    client,
    targets,
    traceContext: flagOption(options.traceContext, 'traceContext', true),
    maxExchangedTokens: numberOption(options.maxExchangedTokens, {
      option: 'maxExchangedTokens',
      unit: 'tokens',
      min: 1,
      max: 100_000,
      default: 1000,
    }),
  };
}

function targetsOf(value: unknown): ReadonlyMap<string, TargetSettings> {
  const targets = isRecord(value) ? Object.entries(value) : [];
  if (targets.length > 0) return new Map(targets.map(([name, target]) => [name, targetSettings(name, target)]));
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_TARGET',
    `"targets" must name the services that are called: { invoices: { token: "exchange", audience: "https://invoices.acme.com" } }, got ${shown(value)}.`,
  );
}
