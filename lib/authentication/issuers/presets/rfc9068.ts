import type { IssuerOptions } from '../issuer-options.interface.js';

/**
 * Any issuer whose access tokens follow RFC 9068: `typ` is `at+jwt`, and `iss`, `aud`, `exp`, `iat`, `sub`, `jti` and `client_id` are all
 * there. Roles are read from `roles`, `groups` and `entitlements` (section 2.2.3.1) unless `roles` says otherwise.
 */
export function rfc9068(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  return { roles: { anyOf: [['roles'], ['groups'], ['entitlements']] }, ...options, profile: 'rfc9068' };
}
