import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import { baseUrl, presetOptions } from './preset-options.js';

/**
 * Ory Hydra with the access token strategy `jwt` (its default is opaque tokens). Custom claims set at consent are under `ext`, except those in
 * `allowed_top_level_claims`.
 *
 * @param options.issuer The setting `urls.self.issuer`, exactly, including a trailing slash.
 * @param options.roles Default: `['ext', 'roles']`.
 * @see https://www.ory.com/docs/oauth2-oidc/jwt-access-token
 */
export function oryHydra(options: { readonly issuer: string; readonly roles?: RoleClaim }): IssuerOptions {
  const given = presetOptions(options, 'oryHydra()', { issuer: true, roles: true });
  const { roles = ['ext', 'roles'] } = given;
  const base = baseUrl(given.issuer, 'oryHydra({ issuer })');
  return { issuer: String(given.issuer), jwksUri: `${base}/.well-known/jwks.json`, roles };
}
