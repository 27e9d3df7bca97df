import { choiceOption, claimName, memberPath, membersOf, optional, readOptions } from '../../../core/index.js';
import type { GivenIssuer } from './issuer-members.js';
import type { NamesFormat, TokenPermissionsOptions } from './issuer-options.interface.js';
import { namesReader, type NamesReader } from '../claims/names-format.js';
import { claimPaths, roleReader, trustedClaimPath, type RoleReader } from '../claims/role-reader.js';
import { subjectReader, type SubjectReader } from '../claims/subject-reader.js';
import { tenantSettings, type TenantSettings } from '../claims/tenant-reader.js';

/** The options for reading the claims of an issuer's tokens, checked and complete. */
export interface IssuerClaims extends Pick<TenantSettings, 'readTenant' | 'requiresTenant'> {
  /** `undefined`: `sub`. */
  readonly subject: SubjectReader | undefined;
  readonly readRoles: RoleReader;
  readonly roles: readonly (readonly string[])[];
  /** The paths in `roles`, as messages name them. */
  readonly roleClaim: string;
  readonly rolesFormat: NamesFormat;
  readonly rolePrefix: string;
  readonly tenant: readonly string[] | undefined;
  readonly tokenPermissions: TokenPermissionsSettings | undefined;
}

interface TokenPermissionsSettings {
  readonly claim: readonly string[];
  readonly combine: TokenPermissionsOptions['combine'];
  /** `undefined`: the usual format of the claim. */
  readonly read: NamesReader | undefined;
}

const NO_TENANT = { tenant: undefined, readTenant: undefined, requiresTenant: undefined };
const TOKEN_PERMISSIONS = membersOf<TokenPermissionsOptions>()(['claim', 'combine', 'format']);

/** Checks the options for reading claims. @param place Name of the issuer in messages. @throws AuthzConfigError */
export function issuerClaims(given: GivenIssuer, place: string): IssuerClaims {
  const { roles: claim = 'roles' } = given;
  const roles = claimPaths(claim, `${place}.roles`);
  const { readRoles, rolesFormat, rolePrefix } = roleReader(roles, given, place);
  return {
    subject: optional(given.subject, (value) => subjectReader(value, `${place}.subject`)),
    readRoles,
    roles,
    roleClaim: roles.map(claimName).join(' or '),
    rolesFormat,
    rolePrefix,
    ...(optional(given.tenant, (value) => tenantSettings(value, `${place}.tenant`)) ?? NO_TENANT),
    tokenPermissions: optional(given.tokenPermissions, (value) => tokenPermissions(value, `${place}.tokenPermissions`)),
  };
}

function tokenPermissions(value: unknown, option: string): TokenPermissionsSettings {
  const example = "{ claim: 'permissions', combine: 'union' }";
  const given = readOptions(value, { place: `"${option}"`, members: TOKEN_PERMISSIONS, example });
  const at = (name: keyof TokenPermissionsOptions) => memberPath(option, name);
  return {
    claim: trustedClaimPath(given.claim, at('claim')),
    combine: choiceOption(given.combine, at('combine'), ['union', 'intersect', 'only']),
    read: optional(given.format, (format) =>
      namesReader(format, at('format'), { use: 'permissions', option: 'tokenPermissions.format' }),
    ),
  };
}
