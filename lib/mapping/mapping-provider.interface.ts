import type { PermissionPattern, PermissionSet, Principal } from '../core/index.js';

/** What a mapping provider may return: a resolved set, a list of granted permissions, or grants and denials. */
export type ProvidedPermissions =
  | PermissionSet
  | readonly PermissionPattern[]
  | {
      readonly permissions: readonly PermissionPattern[];
      readonly deny?: readonly PermissionPattern[];
      readonly revision?: string;
    };

/**
 * Returns the permissions of roles from any storage of the application.
 * An injectable class, which may have dependencies: list it among the providers of any module and name it in
 * `mapping: { provider }`.
 *
 * Called once per authenticated request, unless a claim of the token cannot be read: such a caller has no permissions. Return
 * synchronously from memory if possible; a promise is awaited up to a deadline. If the provider throws, rejects, exceeds the deadline or returns
 * something other than permissions, requests that need permissions get 503.
 */
export interface MappingProvider {
  permissionsFor(roles: readonly string[], principal: Principal): ProvidedPermissions | Promise<ProvidedPermissions>;
}
