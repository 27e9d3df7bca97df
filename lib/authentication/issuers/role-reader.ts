import { AuthzConfigError, claimPathKeys, isRecord, readClaim, shown } from '../../core/index.js';
import { functionOption } from './function-option.js';
import type { Claims, IssuerOptions, RolesFormat } from './issuer-options.interface.js';

/** Reads the names of an issuer's roles from verified claims; what does not fit is no roles. Never throws. */
export type RoleReader = (claims: Claims) => readonly unknown[];

/** Claims that users can edit themselves (Supabase, Auth0, Clerk): a role from there is whatever the caller says it is. */
const USER_EDITABLE: ReadonlySet<string> = new Set(['user_metadata', 'unsafe_metadata', 'unsafeMetadata']);

const FORMATS: Readonly<Record<Extract<RolesFormat, string>, (value: unknown) => readonly unknown[]>> = {
  array: list,
  keys: (value) => (isRecord(value) ? Object.keys(value) : []),
  'space-separated': (value) => split(value, ' '),
  'comma-separated': (value) => split(value, ','),
};

/** Compiles the options `roles`, `rolesFormat` and `rolePrefix`. @throws AuthzConfigError */
export function roleReader(options: Pick<IssuerOptions, 'roles' | 'rolesFormat' | 'rolePrefix'>): RoleReader {
  const { roles = 'roles', rolesFormat: format = 'array', rolePrefix: prefix = '' } = options;
  const paths = claimPaths(roles, 'issuer.roles');
  const read = rolesFormat(format);
  if (typeof prefix !== 'string')
    throw new AuthzConfigError(
      'AUTHZ_ROLE_PREFIX',
      `"issuer.rolePrefix" must be a text such as 'partner:', got ${shown(prefix)}.`,
    );
  return (claims) =>
    paths
      .flatMap((path) => read(readClaim(claims, path)))
      .map((name) => (typeof name === 'string' && name !== '' ? prefix + name : name));
}

/** The claim paths of an option that takes one or several. @throws AuthzConfigError */
export function claimPaths(value: unknown, option: string): readonly (readonly string[])[] {
  const paths: unknown = isRecord(value) ? value['anyOf'] : [value];
  if (!Array.isArray(paths) || paths.length === 0)
    throw new AuthzConfigError(
      'AUTHZ_CLAIM_PATH',
      `"${option}" must be a claim path or { anyOf: [paths] }, got ${shown(value)}.`,
    );
  return paths.map((path) => trustedClaimPath(path, option));
}

/** The keys of a claim path that only the provider's administrators write. @throws AuthzConfigError */
export function trustedClaimPath(path: unknown, option: string): readonly string[] {
  const keys = claimPathKeys(path, option);
  const editable = keys.find((key) => USER_EDITABLE.has(key));
  if (editable === undefined) return keys;
  throw new AuthzConfigError(
    'AUTHZ_USER_EDITABLE',
    `"${option}" is ${shown(path)}, but users can edit ${shown(editable)} themselves. Name a claim that only the provider's administrators set, such as one in app_metadata.`,
  );
}

function rolesFormat(format: unknown): (value: unknown) => readonly unknown[] {
  if (typeof format === 'function') return safely(functionOption(format as (value: unknown) => unknown, 'issuer.rolesFormat'));
  if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format as keyof typeof FORMATS];
  throw new AuthzConfigError(
    'AUTHZ_ROLES_FORMAT',
    `"issuer.rolesFormat" must be one of ${Object.keys(FORMATS).join(', ')} or a function, got ${shown(format)}.`,
  );
}

/** The application's function meets whatever a token holds; if it throws, the token has no roles. */
function safely(read: (value: unknown) => unknown): (value: unknown) => readonly unknown[] {
  return (value) => {
    try {
      const names = read(value);
      return list(names);
    } catch {
      return [];
    }
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function split(value: unknown, separator: string): readonly string[] {
  return typeof value === 'string' ? value.split(separator).map((name) => name.trim()) : [];
}
