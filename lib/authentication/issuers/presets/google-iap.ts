import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { claimValues, presetOptions } from './preset-options.js';

/**
 * Google Identity-Aware Proxy: the assertion that it adds to each request, in the header `x-goog-iap-jwt-assertion` and not in `Authorization`. It
 * has no roles: use `@Authenticated()` or a mapping provider that reads other members of the principal.
 *
 * @param options.audience What `aud` must contain: `/projects/<number>/apps/<project id>` for App Engine,
 * `/projects/<number>/global/backendServices/<service id>` behind a load balancer.
 * @see https://docs.cloud.google.com/iap/docs/signed-headers-howto
 */
export function googleIap(options: { readonly audience: string | readonly string[] }): IssuerOptions {
  const given = presetOptions(options, 'googleIap()', { audience: true });
  const audience = Array.isArray(given.audience) ? given.audience : [given.audience];
  return {
    issuer: 'https://cloud.google.com/iap',
    jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk',
    audience: claimValues(audience, 'googleIap({ audience })', '/projects/1234/global/backendServices/5678'),
    algorithms: ['ES256'],
    tenant: ['hd'],
  };
}
