import {
  AuthzConfigError,
  claimPathKeys,
  isRecord,
  itemsOf,
  peek,
  readClaimAt,
  shown,
  stringOption,
  UnreadableClaim,
} from '../../../core/index.js';
import type { NamesFormat } from '../options/issuer-options.interface.js';
import type { Claims } from './claims.js';
import { namesReader } from './names-format.js';

/** Reads the roles from verified claims. Does not check each name. Never throws. */
export type RoleReader = (claims: Claims) => readonly unknown[] | UnreadableClaim;

/** Claims that users can edit themselves (Supabase, Auth0, Clerk): users could give themselves any role there. */
const USER_EDITABLE: ReadonlySet<string> = new Set(['user_metadata', 'unsafe_metadata', 'unsafeMetadata']);

/** The options about roles, compiled. */
export interface RoleSettings {
  readonly readRoles: RoleReader;
  readonly rolesFormat: NamesFormat;
  readonly rolePrefix: string;
}

/**
 * Compiles the options `rolesFormat` and `rolePrefix`.
 *
 * @param paths Where the roles are: the option `roles`.
 * @param place Name of the issuer in messages.
 * @throws AuthzConfigError
 */
export function roleReader(
  paths: readonly (readonly string[])[],
  given: { readonly rolesFormat?: unknown; readonly rolePrefix?: unknown },
  place: string,
): RoleSettings {
  const { rolesFormat = 'array', rolePrefix = '' } = given;
  const read = namesReader(rolesFormat, `${place}.rolesFormat`, { use: 'roles', option: 'rolesFormat' });
  const prefix = stringOption(rolePrefix, `${place}.rolePrefix`, "a string such as 'partner:'", () => true);
  const readRoles: RoleReader = (claims) => {
    const names: unknown[] = [];
    for (const path of paths) {
      const found = readClaimAt(claims, path, 'roles', read) ?? [];
      if (found instanceof UnreadableClaim) return found;
      for (const name of found) names.push(typeof name === 'string' && name !== '' ? prefix + name : name);
    }
    return names;
  };
  return { readRoles, rolesFormat: rolesFormat as NamesFormat, rolePrefix: prefix };
}

/** Reads an option with one claim path or several. @throws AuthzConfigError */
export function claimPaths(value: unknown, option: string): readonly (readonly string[])[] {
  const paths = isRecord(value) ? itemsOf(peek(value, 'anyOf')) : [value];
  if (paths === undefined || paths.length === 0)
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
