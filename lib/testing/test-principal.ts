import type { GivenCaller } from '../authorization/index.js';
import {
  actingPrincipal,
  AuthzConfigError,
  isRecord,
  patternSegments,
  refuseUnknownMembers,
  shown,
  type ConditionalPermission,
  type PermissionPattern,
} from '../core/index.js';
import { permissionsOfEntries } from './permissions-of-entries.js';

/** The caller of a test with {@link guardAs}. */
export interface TestPrincipal {
  /** Default: `test-subject`. */
  readonly subject?: string;
  /** Roles; the mapping in use gives their permissions. Default: none. */
  readonly roles?: readonly string[];
  /**
   * Permissions and patterns of the caller, instead of those that the mapping gives to the roles. `['*']`: every permission. As in a role of a mapping,
   * an entry may have a condition: `{ permission: 'orders:read', when: 'resource.ownerId == principal.subject' }`. Default: those of the mapping.
   */
  readonly permissions?: readonly (PermissionPattern | ConditionalPermission)[];
  /** Default: none. */
  readonly scopes?: readonly string[];
  /** Default: none. */
  readonly tenant?: string;
  /** Default: none. */
  readonly clientId?: string;
  /** Default: an issuer for local principals, which no identity provider has. */
  readonly issuer?: string;
  /** Claims for handlers that read them, and for step-up: `{ acr: 'mfa', auth_time: Math.floor(Date.now() / 1000) }`. Default: `sub`. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isList = (isMember: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(isMember);
const isPattern = (value: unknown) => patternSegments(value) !== undefined;
/** The parser of mappings checks the rest. */
const isEntry = (value: unknown) => isPattern(value) || (isRecord(value) && isPattern(value['permission']));

const MEMBERS: Readonly<Record<keyof TestPrincipal, readonly [isValid: (value: unknown) => boolean, expected: string]>> = {
  subject: [isText, 'a string'],
  roles: [isList(isText), "a list of strings such as ['clerk']"],
  permissions: [
    isList(isEntry),
    "a list of permissions and patterns such as ['orders:read', 'items:*'], or of { permission, when }",
  ],
  scopes: [isList(isText), "a list of strings such as ['orders.write']"],
  tenant: [isText, 'a string'],
  clientId: [isText, 'a string'],
  issuer: [isText, 'a string'],
  claims: [isRecord, 'an object of claims'],
};

/** Makes the caller of a test. @throws AuthzConfigError that names the member, the value and what to write. */
export function testCaller(who: TestPrincipal): GivenCaller {
  check(who);
  const { subject = 'test-subject', roles = [], permissions, scopes, tenant, clientId, claims } = who;
  const local = actingPrincipal({ subject, roles, scopes, tenant });
  const { issuer = local.issuer } = who;
  const allClaims = Object.assign(Object.create(null) as Record<string, unknown>, { sub: subject }, claims);
  return {
    principal: Object.freeze({ ...local, issuer, clientId, claims: Object.freeze(allClaims) }),
    resolution: permissions && permissionsOfEntries(permissions),
  };
}

function check(who: unknown): void {
  if (!isRecord(who))
    throw new AuthzConfigError(
      'AUTHZ_GUARD_AS',
      `guardAs() needs a caller such as { subject: 'alice', roles: ['clerk'] }, or a function that returns one, got ${shown(who)}.`,
    );
  refuseUnknownMembers(who, Object.keys(MEMBERS), 'The caller of guardAs()');
  for (const [name, [isValid, expected]] of Object.entries(MEMBERS))
    if (who[name] !== undefined && !isValid(who[name]))
      throw new AuthzConfigError('AUTHZ_GUARD_AS', `"${name}" of guardAs() must be ${expected}, got ${shown(who[name])}.`);
}
