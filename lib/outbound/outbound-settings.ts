import { AuthzConfigError, flagOption, isRecord, membersOf, numberOption, optional, readOptions, shown } from '../core/index.js';
import { outboundClientSettings, type OutboundClientSettings } from './client-settings.js';
import type { OutboundOptions } from './outbound-options.interface.js';
import { targetSettings, type TargetSettings } from './targets/target-settings.js';

/** The options of `OutboundModule`, checked and complete. */
export interface OutboundSettings {
  readonly client: OutboundClientSettings | undefined;
  readonly targets: ReadonlyMap<string, TargetSettings>;
  readonly traceContext: boolean;
  readonly maxExchangedTokens: number;
}

const MEMBERS = membersOf<OutboundOptions>()(['targets', 'client', 'traceContext', 'maxExchangedTokens']);

/** Reads and checks the options of `OutboundModule`. @throws AuthzConfigError about the first wrong option, without a secret or a key. */
export function outboundSettings(value: unknown): OutboundSettings {
  const options = readOptions(value, {
    place: 'OutboundModule',
    members: MEMBERS,
    example: '{ client, targets }',
    isSecret: true,
  });
  const targets = targetsOf(options.targets);
  const client = optional(options.client, outboundClientSettings);
  const requested = [...targets.values()].find(({ token }) => token !== 'forward');
  if (client === undefined && requested !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_MISSING',
      `"targets.${requested.name}" needs "client": the provider that issues its token must authenticate this service. ` +
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
  const targets = isRecord(value) ? entriesOf(value) : [];
  if (targets.length > 0) return new Map(targets.map(([name, target]) => [name, targetSettings(name, target)]));
  throw new AuthzConfigError(
    'AUTHZ_OPTIONS',
    `"targets" must be an object with the services to call, such as { invoices: { token: "exchange", audience: "https://invoices.acme.com" } }, got ${shown(value)}.`,
  );
}

/** Returns no entries for an object that throws when read. */
function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  try {
    return Object.entries(value);
  } catch {
    return [];
  }
}
