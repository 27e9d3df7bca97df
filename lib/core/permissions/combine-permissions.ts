import type { TokenPermissions } from '../claims/token-permissions.js';
import type { PermissionSet } from './permission-set.js';

/** Combines the permissions of the mapping with those of the token. Denials of the mapping always apply, and so do conditions. */
export function combinePermissions(held: PermissionSet, token: TokenPermissions | undefined): PermissionSet {
  return token === undefined ? held : held.combinedWith(token);
}
