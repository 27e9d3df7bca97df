import { AuthzConfigError, claimPathKeys, isRecord, readClaimAt, shown, UnreadableClaim } from '../../core/index.js';
import type { Claims, IssuerOptions } from './issuer-options.interface.js';
import { namesReader } from './names-format.js';

/** Reads the roles from verified claims. Does not check each name. Never throws. */
export type RoleReader = (claims: Claims) => readonly unknown[] | UnreadableClaim;

/** Claims that users can edit themselves (Supabase, Auth0, Clerk): users could give themselves any role there. */
const USER_EDITABLE: ReadonlySet<string> = new Set(['user_metadata', 'unsafe_metadata', 'unsafeMetadata']);

/** Compiles the options `roles`, `rolesFormat` and `rolePrefix`. @throws AuthzConfigError */
export function roleReader(options: Pick<IssuerOptions, 'roles' | 'rolesFormat' | 'rolePrefix'>): RoleReader {
  const { roles = 'roles', rolesFormat: format = 'array', rolePrefix: prefix = '' } = options;
  const paths = claimPaths(roles, 'issuer.roles');
  const read = namesReader(format, 'issuer.rolesFormat', { use: 'roles', option: 'rolesFormat' });
  if (typeof prefix !== 'string')
    throw new AuthzConfigError(
      'AUTHZ_ROLE_PREFIX',
      `"issuer.rolePrefix" must be a text such as 'partner:', got ${shown(prefix)}.`,
    );
  return (claims) => {
    const names: unknown[] = [];
    for (const path of paths) {
      const found = readClaimAt(claims, path, 'roles', read) ?? [];
      if (found instanceof UnreadableClaim) return found;
      for (const name of found) names.push(typeof name === 'string' && name !== '' ? prefix + name : name);
    }
    return names;
  };
}

/** Reads an option with one claim path or several. @throws AuthzConfigError */
export function claimPaths(value: unknown, option: string): readonly (readonly string[])[] {
  const paths: unknown = isRecord(value) ? value['anyOf'] : [value];
  if (!Array.isArray(paths) || paths.length === 0)
    throw new AuthzConfigError(
      'AUTHZ_CLAIM_PATH',
      `"${option}" must be a claim path or { anyOf: [paths] }, got ${shown(value)}.`,
    );
  return paths.map((path) => trustedClaimPath(path, option));
}

/** Reads a claim path. Refuses claims that users can edit. @throws AuthzConfigError */
export function trustedClaimPath(path: unknown, option: string): readonly string[] {
  const keys = claimPathKeys(path, option);
  const editable = keys.find((key) => USER_EDITABLE.has(key));
  if (editable === undefined) return keys;
  throw new AuthzConfigError(
    'AUTHZ_USER_EDITABLE',
    `"${option}" is ${shown(path)}, but users can edit ${shown(editable)} themselves. Name a claim that only the provider's administrators set, such as one in app_metadata.`,
  );
}
