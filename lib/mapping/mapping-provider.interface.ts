import type { PermissionPattern, PermissionSet, Principal } from '../core/index.js';

/** What a mapping provider may answer: a resolved set, a list of what is granted, or grants and denials. */
export type ProvidedPermissions =
  | PermissionSet
  | readonly PermissionPattern[]
  | {
      readonly permissions: readonly PermissionPattern[];
      readonly deny?: readonly PermissionPattern[];
      readonly revision?: string;
    };

/**
 * Answers "which permissions do these roles give?" from wherever an application keeps them.
 * An injectable class with dependencies of its own: list it among the providers of any module and name it in
 * `mapping: { provider }`.
 *
 * Called once per authenticated request, unless a claim of the token cannot be read: such a caller has no permissions. Answer
 * synchronously from memory where you can; a promise is awaited under a deadline. A throw, a rejection, a hang or an answer that is no
 * permissions refuses what needs permissions with 503.
 */
export interface MappingProvider {
  permissionsFor(roles: readonly string[], principal: Principal): ProvidedPermissions | Promise<ProvidedPermissions>;
}
