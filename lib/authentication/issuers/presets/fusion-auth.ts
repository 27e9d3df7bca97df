import { readClaim } from '../../../core/index.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { baseUrl, nameOption, presetOptions } from './preset-options.js';

/**
 * FusionAuth. Access and ID tokens have the same `typ`, `aud` and `iss`. The preset requires `scope`, which only access tokens have: FusionAuth
 * 1.50 and later write it if the application requests a scope.
 *
 * @param options.url URL of the server, such as `https://auth.acme.com`.
 * @param options.issuer The tenant's setting "Issuer", exactly. FusionAuth's default is `acme.com`. Default: `url`.
 * @param options.applicationId The application whose tokens are accepted (`aud`) and whose roles they carry.
 * @param options.tenantId Pins the tenant (`tid`). Default: any.
 * @see https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens
 */
export function fusionAuth(options: {
  readonly url: string;
  readonly issuer?: string;
  readonly applicationId: string;
  readonly tenantId?: string;
}): IssuerOptions {
  const given = presetOptions(options, 'fusionAuth()', { url: true, issuer: true, applicationId: true, tenantId: true });
  const url = baseUrl(given.url, 'fusionAuth({ url })');
  const { issuer = url, tenantId } = given;
  return {
    issuer,
    jwksUri: `${url}/.well-known/jwks.json`,
    audience: nameOption(given.applicationId, 'fusionAuth({ applicationId })', '11111111-2222-3333-4444-555555555555'),
    roles: ['roles'],
    tenant: ['tid'],
    requiredClaims: tenantId === undefined ? {} : { tid: tenantId },
    refuse: (claims) => (typeof readClaim(claims, ['scope']) === 'string' ? undefined : 'not_access_token'),
  };
}
