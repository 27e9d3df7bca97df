import { httpBundle, type HttpBundleOptions } from '../../../lib/sources/http-bundle/index.js';
import type { MappingSource } from '../../../lib/index.js';
import { newKey } from '../../unit/sources/http-bundle/signing-key.js';
import { PUBLISHER } from './rota.js';

/** The header of a bundle signed with {@link key}. */
export const HEADER = { alg: 'ES256', kid: 'k1', typ: 'authz-mapping+jws' };
export const key = newKey('k1');

/** The options of a service that verifies bundles. */
export function bundle(url: string, options: Partial<HttpBundleOptions> = {}): MappingSource {
  return httpBundle({
    url,
    signature: { keys: [key.jwk] },
    issuer: PUBLISHER,
    audience: 'ward',
    pollIntervalSeconds: 1,
    timeoutMs: 2500,
    ...options,
  });
}
