import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import { REMOTE_MAPPING_OPTIONS, type MappingExpectation } from '../../mapping/index.js';
import type { HttpBundleOptions } from './http-bundle-options.interface.js';
import { TRANSPORT_OPTIONS, transportSettings, type TransportSettings } from './transport-settings.js';

/** The options that only this source has, checked and complete. */
export interface HttpBundleSettings extends TransportSettings {
  readonly expects: MappingExpectation;
}

/** @throws AuthzConfigError naming the first option that is wrong. */
export function httpBundleSettings(options: HttpBundleOptions): HttpBundleSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_HTTP_BUNDLE',
      `httpBundle() needs options such as { url: 'https://authority.acme.com/mapping' }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, [...TRANSPORT_OPTIONS, 'issuer', 'audience', ...REMOTE_MAPPING_OPTIONS], 'httpBundle()');
  return {
    ...transportSettings(options),
    expects: { issuer: text(options.issuer, 'issuer'), audience: text(options.audience, 'audience') },
  };
}

function text(value: unknown, option: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new AuthzConfigError('AUTHZ_TEXT', `"${option}" must be a text, got ${shown(value)}.`);
}
