import { listOption, optional } from '../core/index.js';
import { clientOptions, clientSettings, isParameter, type ClientSettings } from '../network/client-credentials/index.js';

/** The option `client`, checked and complete. */
export interface OutboundClientSettings extends ClientSettings {
  /** Issuers whose tokens may be sent to the provider, beside its own. */
  readonly exchangeIssuers: readonly string[];
}

/** Reads and checks the option `client`. @throws AuthzConfigError without the secret or the key. */
export function outboundClientSettings(value: unknown): OutboundClientSettings {
  const given = clientOptions(value, 'client', ['exchangeIssuers']);
  return { ...clientSettings(given, 'client'), exchangeIssuers: optional(given.exchangeIssuers, exchangeIssuers) ?? [] };
}

function exchangeIssuers(value: unknown): readonly string[] {
  const what = 'a list of one or more issuers, exactly as in "iss", such as ["https://id.acme.com"]';
  return listOption(value, 'client.exchangeIssuers', what, isParameter);
}
