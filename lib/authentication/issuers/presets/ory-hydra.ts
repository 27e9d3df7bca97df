import type { IssuerOptions, RoleClaim } from '../issuer-options.interface.js';
import { baseUrl } from './preset-options.js';

/**
 * Ory Hydra with the access token strategy `jwt` (its default is opaque tokens). Custom claims set at consent are under `ext`, except those in
 * `allowed_top_level_claims`.
 *
 * @param options.issuer The setting `urls.self.issuer`, exactly, including a trailing slash.
 * @param options.roles Default: `['ext', 'roles']`.
 * @see https://www.ory.com/docs/oauth2-oidc/jwt-access-token
 */
export function oryHydra(options: { readonly issuer: string; readonly roles?: RoleClaim }): IssuerOptions {
  const base = baseUrl(options.issuer, 'oryHydra({ issuer })');
  return { issuer: options.issuer, jwksUri: `${base}/.well-known/jwks.json`, roles: options.roles ?? ['ext', 'roles'] };
}
