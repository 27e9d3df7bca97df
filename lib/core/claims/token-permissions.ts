import { permissionSegments } from '../permissions/permission.js';

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
