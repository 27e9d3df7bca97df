import { readClaim } from '../../../core/index.js';
import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import { hostName, nameOption, presetOptions } from './preset-options.js';

/**
 * Okta, a custom authorization server. The roles are the groups: add a `groups` claim to access tokens at the authorization server.
 * Tokens of the org authorization server (`iss` without `/oauth2/…`) are opaque by contract and not accepted. ID tokens have no `typ`; the preset
 * requires `cid`, which only access tokens have.
 *
 * @param options.domain Such as `acme.okta.com`.
 * @param options.authorizationServer Id of the authorization server. Default: `default`.
 * @param options.roles Default: `groups`.
 * @see https://developer.okta.com/docs/guides/validate-access-tokens/
 */
export function okta(options: {
  readonly domain: string;
  readonly authorizationServer?: string;
  readonly roles?: RoleClaim;
}): IssuerOptions {
  const given = presetOptions(options, 'okta()', { domain: true, authorizationServer: true, roles: true });
  const { authorizationServer = 'default', roles = ['groups'] } = given;
  const domain = hostName(given.domain, 'okta({ domain })', 'acme.okta.com');
  const server = nameOption(authorizationServer, 'okta({ authorizationServer })', 'default');
  const issuer = `https://${domain}/oauth2/${server}`;
  return {
    issuer,
    jwksUri: `${issuer}/v1/keys`,
    roles,
    refuse: (claims) => (typeof readClaim(claims, ['cid']) === 'string' ? undefined : 'not_access_token'),
  };
}
