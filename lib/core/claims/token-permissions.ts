import { permissionSegments } from '../permissions/permission.js';
import { PermissionSet } from '../permissions/permission-set.js';

/** Permissions that the token itself carries, and how they combine with those of the mapping. */
export interface TokenPermissions {
  readonly combine: 'union' | 'intersect' | 'only';
  /** Literal names: what is no permission, a pattern included, was dropped. */
  readonly names: readonly string[];
}

/** Keeps what is a permission. A `*` of a token would otherwise grant whatever the mapping's patterns can. */
export function literalPermissions(names: readonly string[]): readonly string[] {
  return Object.freeze(names.filter((name) => permissionSegments(name) !== undefined));
}

/** Combines the permissions of the mapping with those of the token. The mapping's denials count in every way of combining. */
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
