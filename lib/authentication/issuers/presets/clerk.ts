import { readClaim } from '../../../core/index.js';
import type { IssuerOptions } from '../issuer-options.interface.js';
import { hostName, urlsOption } from './preset-options.js';

/**
 * Clerk session tokens, version 2. They carry no `aud`; `azp` is the origin that asked, checked against `authorizedParties`.
 * The one role is that in the active organization (`o.rol`). A session that still has tasks to do (`sts: "pending"`) is refused.
 *
 * @param options.frontendApi The instance's Frontend API host, such as `clerk.acme.com`.
 * @param options.authorizedParties Origins whose tokens are accepted, such as `https://app.acme.com`.
 * @see https://clerk.com/docs/backend-requests/resources/session-tokens
 */
export function clerk(options: { readonly frontendApi: string; readonly authorizedParties: readonly string[] }): IssuerOptions {
  const issuer = `https://${hostName(options.frontendApi, 'clerk({ frontendApi })', 'clerk.acme.com')}`;
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    audience: null,
    clientIds: urlsOption(options.authorizedParties, 'clerk({ authorizedParties })', 'https://app.acme.com'),
    roles: ['o', 'rol'],
    rolesFormat: 'space-separated',
    tenant: ['o', 'id'],
    refuse: (claims) =>
      [undefined, null, 'active'].includes(readClaim(claims, ['sts']) as null) ? undefined : 'session_pending',
  };
}
