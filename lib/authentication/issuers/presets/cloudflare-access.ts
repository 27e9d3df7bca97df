import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import { claimValues, hostName, presetOptions } from './preset-options.js';

/**
 * Cloudflare Access: the application token that it adds to each request, in the header `Cf-Access-Jwt-Assertion` and not in `Authorization`. The
 * token of a service has an empty `sub`; its subject is its client id, `common_name`.
 *
 * @param options.teamDomain Such as `acme.cloudflareaccess.com`.
 * @param options.audience The application's audience tag (AUD), or several.
 * @param options.roles Default: `['custom', 'roles']`. `custom` holds the claims of the identity provider that Access is configured to pass on.
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token
 */
export function cloudflareAccess(options: {
  readonly teamDomain: string;
  readonly audience: string | readonly string[];
  readonly roles?: RoleClaim;
}): IssuerOptions {
  const given = presetOptions(options, 'cloudflareAccess()', { teamDomain: true, audience: true, roles: true });
  const { roles = ['custom', 'roles'] } = given;
  const issuer = `https://${hostName(given.teamDomain, 'cloudflareAccess({ teamDomain })', 'acme.cloudflareaccess.com')}`;
  const audience = Array.isArray(given.audience) ? given.audience : [given.audience];
  return {
    issuer,
    jwksUri: `${issuer}/cdn-cgi/access/certs`,
    audience: claimValues(audience, 'cloudflareAccess({ audience })', '32eafc7626e974616deaf0dc3ce63d7b'),
    requiredClaims: { type: 'app' }, // `org` is the session with Access itself
    subject: { anyOf: ['sub', 'common_name'] },
    roles,
  };
}
