import { AuthzConfigError, flagOption, isRecord, numberOption, refuseUnknownMembers, shown } from '../../../core/index.js';
import type { HttpRevocationsOptions } from './http-revocations-options.interface.js';
import { TRANSPORT_OPTIONS, transportSettings, type TransportSettings } from '../transport-settings.js';

/** The options of the feed, checked and complete. */
export interface HttpRevocationsSettings extends TransportSettings {
  readonly maxBytes: number;
  readonly isReadOnly: boolean;
}

const MIB = 1024 * 1024;

/** @throws AuthzConfigError naming the first option that is wrong. */
export function httpRevocationsSettings(options: HttpRevocationsOptions): HttpRevocationsSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_HTTP_REVOCATIONS',
      `httpRevocations() needs options such as { url: 'https://authority.acme.com/revocations' }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, [...TRANSPORT_OPTIONS, 'maxBytes', 'readOnly'], 'httpRevocations()');
  return {
    ...transportSettings(options),
    maxBytes: numberOption(options.maxBytes, {
      option: 'maxBytes',
      unit: 'bytes',
      min: 1024,
      max: 1024 * MIB,
      default: 64 * MIB,
    }),
    isReadOnly: flagOption(options.readOnly, 'readOnly'),
  };
}
