import { readOptions } from '../../../core/index.js';
import { ISSUER_OPTION_NAMES } from '../options/issuer-members.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';

/**
 * Any issuer whose access tokens follow RFC 9068. Requires `typ: "at+jwt"` and the claims `iss`, `aud`, `exp`, `iat`, `sub`, `jti` and
 * `client_id`. Default of `roles`: the claims `roles`, `groups` and `entitlements` (section 2.2.3.1).
 */
export function rfc9068(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  const given = readOptions(options, { place: 'rfc9068()', members: NAMES, example: '{ issuer, jwksUri }' });
  // The members are checked with those of every issuer.
  return { roles: { anyOf: [['roles'], ['groups'], ['entitlements']] }, ...given, profile: 'rfc9068' } as IssuerOptions;
}

const NAMES = ISSUER_OPTION_NAMES.filter((name) => name !== 'profile');
