import {
  clientSettings,
  memberOf,
  optional,
  textOption,
  type ClientSettings,
  type OptionPlace,
} from '../network/client-credentials/index.js';
import { AuthzConfigError, isRecord, shown } from '../core/index.js';

/** The option `client`, with every default filled in. */
export interface OutboundClientSettings extends ClientSettings {
  /** Issuers whose tokens may be sent to the provider, beside its own. */
  readonly exchangeIssuers: readonly string[];
}

const PLACE: OptionPlace = { path: 'client', codes: 'AUTHZ_OUTBOUND' };

/** Reads the option `client`. @throws AuthzConfigError, never with the secret or the key. */
export function outboundClientSettings(value: unknown): OutboundClientSettings {
  const settings = clientSettings(value, PLACE, ['exchangeIssuers']);
  const given = isRecord(value) ? value['exchangeIssuers'] : undefined;
  return { ...settings, exchangeIssuers: optional(given, exchangeIssuers) ?? [] };
}

function exchangeIssuers(value: unknown): readonly string[] {
  const place = memberOf(PLACE, 'exchangeIssuers');
  if (Array.isArray(value) && value.length > 0)
    return value.map((issuer) => textOption(issuer, place, 'a list of issuers, exactly as "iss" has them'));
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_ISSUERS',
    `"${place.path}" must be a list of one or more, such as ["https://id.acme.com"], got ${shown(value)}.`,
  );
}
