import { memberPath, membersOf, optional, readOptions, stringOption } from '../../core/index.js';
import {
  REMOTE_MAPPING_OPTIONS,
  remoteMappingSettings,
  type MappingExpectation,
  type RemoteMappingSettings,
} from '../../mapping/index.js';
import type { HttpBundleOptions } from './http-bundle-options.interface.js';
import { TRANSPORT_OPTIONS, transportSettings, type TransportSettings } from './transport-settings.js';

/** The options of the source, checked and complete. */
export interface HttpBundleSettings extends TransportSettings {
  readonly expects: MappingExpectation;
  readonly remote: RemoteMappingSettings;
}

const PLACE = 'httpBundle()';
const MEMBERS = membersOf<HttpBundleOptions>()([...TRANSPORT_OPTIONS, 'issuer', 'audience', ...REMOTE_MAPPING_OPTIONS]);

/** Reads and checks the options of the source. @throws AuthzConfigError */
export function httpBundleSettings(options: HttpBundleOptions): HttpBundleSettings {
  const example = "{ url: 'https://authority.acme.com/mapping' }";
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example });
  const name = (member: 'issuer' | 'audience') =>
    optional(given[member], (value) => stringOption(value, memberPath(PLACE, member)));
  return {
    ...transportSettings(given, PLACE),
    expects: { issuer: name('issuer'), audience: name('audience') },
    remote: remoteMappingSettings(given, PLACE),
  };
}
