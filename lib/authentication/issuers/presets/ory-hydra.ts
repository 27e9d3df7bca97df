import type { IssuerOptions, RoleClaim } from '../issuer-options.interface.js';
import { baseUrl, presetOptions } from './preset-options.js';

/**
 * Ory Hydra with the access token strategy `jwt` (opaque tokens are its default). Custom claims set at consent lie under `ext`, unless
 * `allowed_top_level_claims` names them.
 *
 * @param options.issuer Exactly as configured (`urls.self.issuer`), trailing slash included.
 * @param options.roles Default: `['ext', 'roles']`.
 * @see https://www.ory.com/docs/oauth2-oidc/jwt-access-token
 */
export function oryHydra(options: { readonly issuer: string; readonly roles?: RoleClaim }): IssuerOptions {
  const given = presetOptions(options, 'oryHydra()', { issuer: true, roles: true });
  const { roles = ['ext', 'roles'] } = given;
  const base = baseUrl(given.issuer, 'oryHydra({ issuer })');
  return { issuer: String(given.issuer), jwksUri: `${base}/.well-known/jwks.json`, roles };
}
