import { distinct } from '../distinct.js';
import { isName, MAX_NAME_LENGTH } from '../identifier.js';
import { literalPermissions, type TokenPermissions } from './token-permissions.js';
import { formOf, UnreadableClaim } from './unreadable-claim.js';

/** Most scopes, and most permissions, read from a token. A longer list is unreadable as a whole. */
const MAX_NAMES = 1000;

/**
 * Checks the names of roles. Either all names count or none: an unreadable name could be the role that denies.
 * @param most Most roles accepted.
 * @param claim Path of the claim, for messages.
 */
export function readRoleNames(
  names: readonly unknown[],
  most: number,
  claim: string | readonly string[],
): readonly string[] | UnreadableClaim {
  const unreadable = (found: string, advice: string) => new UnreadableClaim('roles', claim, found, advice);
  if (names.length > most)
    return unreadable(
      `a list of ${names.length} names, more than "maxRoles" (${most})`,
      'Raise "maxRoles", or have the issuer write only the roles of this service.',
    );
  if (names.every(isName)) return distinct(names);
  const wrong = names.find((name) => !isName(name));
  const form = typeof wrong === 'string' && wrong !== '' ? `a name of ${wrong.length} characters` : formOf(wrong);
  return unreadable(
    `a list with ${form} in it`,
    `A role is a string of 1 to ${MAX_NAME_LENGTH} characters. Write "rolesFormat" as a function that returns such names.`,
  );
}

/**
 * Reads OAuth scopes: a string with spaces (RFC 8693 section 4.2), or a list. A scope only grants, so a member that is not a name is dropped
 * and the others count.
 */
export function readScopes(value: unknown, claim: string | readonly string[]): readonly string[] | UnreadableClaim {
  const names: unknown = typeof value === 'string' ? value.split(' ') : value;
  if (Array.isArray(names) && names.length <= MAX_NAMES) return distinct(names.filter(isName));
  return new UnreadableClaim(
    'scopes',
    claim,
    formOf(names),
    `Have the issuer write one string with spaces, or a list, of at most ${MAX_NAMES} scopes.`,
  );
}

/**
 * Reads the list of permissions in a token. A permission in a token only grants, so a member that is not a permission is dropped and the others
 * count. Patterns are dropped as well: `*` in a token would grant everything.
 */
export function readPermissionNames(
  names: unknown,
  claim: string | readonly string[],
): TokenPermissions['names'] | UnreadableClaim {
  if (Array.isArray(names) && names.length <= MAX_NAMES) return literalPermissions(distinct(names.filter(isName)));
  return new UnreadableClaim(
    'permissions',
    claim,
    formOf(names),
    Array.isArray(names)
      ? `A token has at most ${MAX_NAMES} permissions. Have the issuer write roles, and map them to permissions here.`
      : 'Write "tokenPermissions.format" as a function that returns a list of permissions.',
  );
}
