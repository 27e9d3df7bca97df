import { permissionSegments } from '../permissions/permission.js';
import { PermissionSet } from '../permissions/permission-set.js';

/** Permissions in the token itself, and how they combine with those of the mapping. */
export interface TokenPermissions {
  readonly combine: 'union' | 'intersect' | 'only';
  /** Literal permissions. Patterns and other strings were dropped. */
  readonly names: readonly string[];
}

/** Drops patterns and all other strings that are not permissions: `*` in a token would grant everything. */
export function literalPermissions(names: readonly string[]): readonly string[] {
  return Object.freeze(names.filter((name) => permissionSegments(name) !== undefined));
}

/** Combines the permissions of the mapping with those of the token. Denials of the mapping always apply. */
export function combinePermissions(held: PermissionSet, token: TokenPermissions | undefined): PermissionSet {
  if (token === undefined) return held;
  return new PermissionSet(granted(held, token), held.denied, held.revision);
}

function granted(held: PermissionSet, { combine, names }: TokenPermissions): readonly string[] {
  switch (combine) {
    case 'union':
      return [...held.granted, ...names];
    case 'intersect':
      return names.filter((name) => held.covers(name));
    case 'only':
      return names;
  }
}
