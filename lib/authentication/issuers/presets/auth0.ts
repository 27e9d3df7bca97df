import type { IssuerOptions, RoleClaim, TokenPermissionsOptions } from '../options/issuer-options.interface.js';
import { hostName, permissionsClaim, presetOptions } from './preset-options.js';

/**
 * Auth0. Access tokens are JWTs only if the application asks for an `audience` (an API registered at Auth0).
 * Auth0 puts no roles into access tokens by itself: add them in a post-login Action,
 * `api.accessToken.setCustomClaim('https://acme.com/roles', event.authorization.roles)`, and name that claim here.
 *
 * @param options.domain The tenant's domain (or custom domain), such as `acme.eu.auth0.com`.
 * @param options.roles The claim that the Action sets. Default: `roles`.
 * @param options.permissions How permissions of the claim `permissions` (an API with RBAC and "Add Permissions in the Access Token") combine with
 * those of the mapping. Default: the claim is not read.
 * @see https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 */
export function auth0(options: {
  readonly domain: string;
  readonly roles?: RoleClaim;
  readonly permissions?: TokenPermissionsOptions['combine'];
}): IssuerOptions {
  const given = presetOptions(options, 'auth0()', { domain: true, roles: true, permissions: true });
  const { roles = ['roles'] } = given;
  const issuer = `https://${hostName(given.domain, 'auth0({ domain })', 'acme.eu.auth0.com')}/`; // iss ends with a slash
  return {
    issuer,
    jwksUri: `${issuer}.well-known/jwks.json`,
    roles,
    tenant: ['org_id'],
    ...permissionsClaim(given.permissions, 'auth0({ permissions })'),
  };
}
