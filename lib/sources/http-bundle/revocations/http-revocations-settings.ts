import { flagOption, memberPath, membersOf, numberOption, readOptions } from '../../../core/index.js';
import type { HttpRevocationsOptions } from './http-revocations-options.interface.js';
import { TRANSPORT_OPTIONS, transportSettings, type TransportSettings } from '../transport-settings.js';

/** The options of the feed, checked and complete. */
export interface HttpRevocationsSettings extends TransportSettings {
  readonly maxBytes: number;
  readonly isReadOnly: boolean;
}

const MIB = 1024 * 1024;

const PLACE = 'httpRevocations()';
const MEMBERS = membersOf<HttpRevocationsOptions>()([...TRANSPORT_OPTIONS, 'maxBytes', 'readOnly']);

/** Reads and checks the options of the feed. @throws AuthzConfigError */
export function httpRevocationsSettings(options: HttpRevocationsOptions): HttpRevocationsSettings {
  const example = "{ url: 'https://authority.acme.com/revocations' }";
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example });
  const maxBytes = { option: memberPath(PLACE, 'maxBytes'), unit: 'bytes', min: 1024, max: 1024 * MIB, default: 64 * MIB };
  return {
    ...transportSettings(given, PLACE),
    maxBytes: numberOption(given.maxBytes, maxBytes),
    isReadOnly: flagOption(given.readOnly, memberPath(PLACE, 'readOnly')),
  };
}
