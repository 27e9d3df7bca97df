import { AuthzConfigError, membersOf, readOptions, shown } from '../../../core/index.js';
import type { VerificationOptions } from '../../authentication-options.interface.js';
import type { IssuerOptions } from './issuer-options.interface.js';
import { legacySettings } from './legacy-issuer.js';
import type { LegacySettings } from './legacy-settings.interface.js';

/** The names of all options of an issuer. */
export const ISSUER_OPTION_NAMES = membersOf<IssuerOptions>()([
  'issuer',
  'jwksUri',
  'jwks',
  'jwksFile',
  'keyRequests',
  'audience',
  'clientIds',
  'algorithms',
  'profile',
  'subject',
  'maxTokenLifetimeSeconds',
  'roles',
  'rolesFormat',
  'rolePrefix',
  'tenant',
  'tokenPermissions',
  'requiredClaims',
  'refuse',
  'tokenKind',
  'allowHttp',
  'legacy',
]);

/** Options of the module that apply to all issuers. */
const FOR_ALL_ISSUERS: readonly string[] = membersOf<Omit<VerificationOptions, keyof IssuerOptions>>()([
  'clockToleranceSeconds',
  'maxTokenBytes',
  'maxRoles',
  'tokenFrom',
  'jwksMaxStaleSeconds',
  'verifiedTokens',
  'dpop',
  'protectedResource',
]);

/** The options of an issuer as the application wrote them. Only `legacy` is checked. */
export type GivenIssuer = Readonly<Partial<Record<Exclude<keyof IssuerOptions, 'legacy'>, unknown>>> & {
  readonly legacy: LegacySettings | undefined;
};

/**
 * Reads the members of an issuer.
 *
 * @param value A URL, an object or a preset.
 * @param place Name of the option in messages: `issuer`, `issuers[1]`.
 * @throws AuthzConfigError
 */
export function issuerMembers(value: unknown, place: string): GivenIssuer {
  const given = typeof value === 'string' ? { issuer: value } : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new AuthzConfigError(
      'AUTHZ_ISSUER',
      `"${place}" must be the URL of the token issuer, { issuer, jwksUri, ... } or a preset such as auth0({ domain: 'acme.eu.auth0.com' }), got ${shown(value)}.`,
    );
  const members = readOptions(given, {
    place: `"${place}"`,
    members: ISSUER_OPTION_NAMES,
    example: "{ issuer: 'https://id.acme.com' }",
    elsewhere: (name) =>
      FOR_ALL_ISSUERS.includes(name)
        ? `It is an option of the module: write it beside "${place.replace(/\[.*/, '')}".`
        : undefined,
  });
  const legacy = members.legacy === undefined ? undefined : legacySettings(members.legacy, `${place}.legacy`);
  return { ...members, legacy };
}
