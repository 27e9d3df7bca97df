import type { IssuerOptions, TokenPermissionsOptions } from '../issuer-options.interface.js';
import { nameOption, permissionsClaim, presetOptions } from './preset-options.js';

/**
 * WorkOS AuthKit session tokens. They carry no `aud`; the keys are those of one client, so its tokens are the only ones that pass.
 * The roles are `roles`, the tenant is the organization. Permissions of the token count only if you say how:
 * `permissions: 'union'` reads the claim `permissions` beside the mapping.
 *
 * @param options.clientId The environment's client id, `client_…`.
 * @param options.issuer With a custom authentication domain, or where tokens name the client in `iss`. Default: `https://api.workos.com`.
 * @param options.permissions How the token's permissions combine with the mapping's. Default: they are not read.
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
