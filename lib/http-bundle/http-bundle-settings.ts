import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../core/index.js';
import { httpUrl } from '../http-client/index.js';
import { REMOTE_MAPPING_OPTIONS, type MappingExpectation } from '../mapping/index.js';
import type { HttpBundleOptions } from './http-bundle-options.interface.js';
import { signatureSettings, type SignatureSettings } from './signature-settings.js';

/** The options that only this source has, checked and complete. */
export interface HttpBundleSettings {
  readonly url: string;
  readonly headers: HttpBundleOptions['headers'];
  readonly signature: SignatureSettings | undefined;
  readonly expects: MappingExpectation;
  readonly changes: string | undefined;
}

const OPTIONS: readonly (keyof HttpBundleOptions)[] = [
  'url',
  'headers',
  'signature',
  'issuer',
  'audience',
  'changes',
  'allowHttp',
  ...REMOTE_MAPPING_OPTIONS,
];

/** @throws AuthzConfigError naming the first option that is wrong. */
export function httpBundleSettings(options: HttpBundleOptions): HttpBundleSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_HTTP_BUNDLE',
      `httpBundle() needs options such as { url: 'https://authority.acme.com/mapping' }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, OPTIONS, 'httpBundle()');
  const allowHttp = allowed(options.allowHttp);
  return {
    url: httpUrl(options.url, 'url', allowHttp),
    headers: headers(options.headers),
    signature: options.signature === undefined ? undefined : signatureSettings(options.signature, allowHttp),
    expects: { issuer: text(options.issuer, 'issuer'), audience: text(options.audience, 'audience') },
    changes: options.changes === undefined ? undefined : httpUrl(options.changes, 'changes', allowHttp),
  };
}

function allowed(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new AuthzConfigError('AUTHZ_FLAG', `"allowHttp" must be true or false (default), got ${shown(value)}.`);
}

/** What came is not shown: it is likely to be the headers themselves. */
function headers(value: unknown): HttpBundleOptions['headers'] {
  if (value === undefined || typeof value === 'function') return value as HttpBundleOptions['headers'];
  throw new AuthzConfigError(
    'AUTHZ_FUNCTION',
    '"headers" must be a function that answers them, such as () => ({ authorization: `Bearer ${token}` }), so that a token can be renewed.',
  );
}

function text(value: unknown, option: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new AuthzConfigError('AUTHZ_TEXT', `"${option}" must be a text, got ${shown(value)}.`);
}
