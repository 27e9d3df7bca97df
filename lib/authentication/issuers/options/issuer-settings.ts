import { AuthzConfigError } from '../../../core/index.js';
import { issuerClaims, type IssuerClaims } from './issuer-claims.js';
import { issuerConditions, parseTokenLifetime, type IssuerConditions, type IssuerDefaults } from './issuer-conditions.js';
import { issuerLocation, refuseUselessKeys, type IssuerLocation } from './issuer-location.js';
import { issuerMembers } from './issuer-members.js';
import type { LegacySettings } from './legacy-settings.interface.js';

/** The options of one issuer, checked and complete. */
export interface IssuerSettings
  extends IssuerLocation, IssuerConditions, IssuerClaims, Omit<IssuerDefaults, 'audience' | 'algorithms' | 'profile'> {
  /** Prefixes of the roles of other issuers. A token of this issuer with such a role is refused. */
  readonly reservedPrefixes?: readonly string[];
  /** Settings for the tokens of an old service, during a migration. */
  readonly legacy: LegacySettings | undefined;
}

/**
 * Reads and checks the options of one issuer.
 *
 * @param value A URL, an object or a preset.
 * @param place The option's name in messages: `issuer`, `issuers[1]`.
 * @throws AuthzConfigError that names the option, the value and what to write.
 */
export function parseIssuer(value: unknown, place: string, defaults: IssuerDefaults): IssuerSettings {
  const given = issuerMembers(value, place);
  const { legacy } = given;
  if (legacy?.lookup !== undefined && given.roles !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${place}.roles" has no effect if legacyIssuer({ roles }) is a function. Leave it out.`,
    );
  const location = issuerLocation(given, place, typeof value === 'string' ? place : `${place}.issuer`);
  const conditions = issuerConditions(given, place, defaults);
  if (location.jwks !== undefined) refuseUselessKeys(location.jwks, conditions.algorithms, place);
  return Object.freeze({
    ...location,
    ...conditions,
    ...issuerClaims(given, place),
    clockToleranceSeconds: defaults.clockToleranceSeconds,
    maxTokenLifetimeSeconds:
      parseTokenLifetime(given.maxTokenLifetimeSeconds, `${place}.maxTokenLifetimeSeconds`) ?? defaults.maxTokenLifetimeSeconds,
    maxRoles: defaults.maxRoles,
    jwksMaxStaleSeconds: defaults.jwksMaxStaleSeconds,
    legacy,
  });
}

/**
 * Whether both issuers get their keys from the same source in the same way. Functions are not compared: a resolver may create them for each
 * result, and the keys would be fetched each time.
 */
export function hasSameKeys(a: IssuerSettings, b: IssuerSettings): boolean {
  return (
    a.jwksUri === b.jwksUri &&
    a.jwksFile === b.jwksFile &&
    a.jwksMaxStaleSeconds === b.jwksMaxStaleSeconds &&
    JSON.stringify(a.keyRequests) === JSON.stringify(b.keyRequests) &&
    JSON.stringify(a.jwks) === JSON.stringify(b.jwks)
  );
}
