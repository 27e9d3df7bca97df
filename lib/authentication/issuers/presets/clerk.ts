import { flagOption, ownClaim, text } from '../../../core/index.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';
import type { Claims } from '../claims/claims.js';
import { hostName, presetOptions, urlsOption } from './preset-options.js';

/**
 * Clerk session tokens, version 2. They have no `aud`; `azp` is the origin of the page that requested the token, checked against
 * `authorizedParties`. The role is the one in the active organization (`o.rol`). A session with open tasks (`sts: "pending"`) is refused.
 *
 * @param options.frontendApi The instance's Frontend API host, such as `clerk.acme.com`.
 * @param options.authorizedParties Origins whose tokens are accepted, such as `https://app.acme.com`.
 * @param options.nativeApps Also accepts session tokens without `azp`: Clerk omits it if the client sends no `Origin`, such as native apps. A
 * browser always sends it. Default: false.
 * @see https://clerk.com/docs/backend-requests/resources/session-tokens
 */
export function clerk(options: {
  readonly frontendApi: string;
  readonly authorizedParties: readonly string[];
  readonly nativeApps?: boolean;
}): IssuerOptions {
  const given = presetOptions(options, 'clerk()', { frontendApi: true, authorizedParties: true, nativeApps: true });
  const issuer = `https://${hostName(given.frontendApi, 'clerk({ frontendApi })', 'clerk.acme.com')}`;
  const parties = urlsOption(given.authorizedParties, 'clerk({ authorizedParties })', 'https://app.acme.com');
  const nativeApps = flagOption(given.nativeApps, 'clerk({ nativeApps })');
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    audience: null,
    clientIds: nativeApps ? [...parties, null] : parties,
    roles: ['o', 'rol'],
    rolesFormat: 'space-separated',
    tenant: ['o', 'id'],
    refuse: (claims) => {
      if (text(ownClaim(claims, 'azp')) === undefined && !isFromApp(claims)) return 'audience_mismatch';
      return [undefined, null, 'active'].includes(ownClaim(claims, 'sts') as null) ? undefined : 'session_pending';
    },
  };
}

/** A session token without `azp`. Clerk's tokens for OAuth clients name no session, and its ID tokens have an `aud`. */
function isFromApp(claims: Claims): boolean {
  return !Object.hasOwn(claims, 'azp') && !Object.hasOwn(claims, 'aud') && text(ownClaim(claims, 'sid')) !== undefined;
}
