import type { IssuerOptions, TokenPermissionsOptions } from '../options/issuer-options.interface.js';
import { nameOption, permissionsClaim, presetOptions } from './preset-options.js';

/**
 * WorkOS AuthKit session tokens. They have no `aud`; the keys belong to one client, so only tokens of that client pass.
 * The roles are `roles`, the tenant is the organization.
 *
 * @param options.clientId The environment's client id, `client_…`.
 * @param options.issuer For a custom authentication domain, or if `iss` of the tokens names the client. Default: `https://api.workos.com`.
 * @param options.permissions How permissions of the claim `permissions` combine with those of the mapping. Default: the claim is not read.
 * @see https://workos.com/docs/reference/authkit/session-tokens
 */
export function workOs(options: {
  readonly clientId: string;
  readonly issuer?: string;
  readonly permissions?: TokenPermissionsOptions['combine'];
}): IssuerOptions {
  const given = presetOptions(options, 'workOs()', { clientId: true, issuer: true, permissions: true });
  const { issuer = 'https://api.workos.com' } = given;
  const client = nameOption(given.clientId, 'workOs({ clientId })', 'client_01ABC');
  return {
    issuer,
    jwksUri: `https://api.workos.com/sso/jwks/${client}`,
    audience: null,
    roles: ['roles'],
    tenant: ['org_id'],
    ...permissionsClaim(given.permissions, 'workOs({ permissions })'),
  };
}
