import type { IssuerOptions } from '../issuer-options.interface.js';

/**
 * Any issuer whose access tokens follow RFC 9068. Requires `typ: "at+jwt"` and the claims `iss`, `aud`, `exp`, `iat`, `sub`, `jti` and
 * `client_id`. Default of `roles`: the claims `roles`, `groups` and `entitlements` (section 2.2.3.1).
 */
export function rfc9068(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  return { roles: { anyOf: [['roles'], ['groups'], ['entitlements']] }, ...options, profile: 'rfc9068' };
}
