import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import { nameOption, presetOptions } from './preset-options.js';

/**
 * Supabase Auth with asymmetric signing keys (legacy projects sign with a shared secret: migrate, or see `legacyIssuer()`).
 * The claim `role` is a database role, so roles are read from `app_metadata`, which only the service role can write.
 * `user_metadata` is refused as a place for roles: users can edit it.
 *
 * @param options.projectRef The project's reference, as in `https://<ref>.supabase.co`.
 * @param options.roles Default: `['app_metadata', 'roles']`.
 * @see https://supabase.com/docs/guides/auth/jwt-fields
 */
export function supabase(options: { readonly projectRef: string; readonly roles?: RoleClaim }): IssuerOptions {
  const given = presetOptions(options, 'supabase()', { projectRef: true, roles: true });
  const { roles = ['app_metadata', 'roles'] } = given;
  const issuer = `https://${nameOption(given.projectRef, 'supabase({ projectRef })', 'abcdefghijklmnop')}.supabase.co/auth/v1`;
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    audience: 'authenticated',
    roles,
  };
}
