import type { PermissionPattern } from '../core/index.js';

/** What one role gives. A list is short for `{ permissions: [...] }`. */
export type RoleDefinition =
  | readonly PermissionPattern[]
  | {
      /** Permissions and patterns that the role grants. */
      readonly permissions?: readonly PermissionPattern[];
      /** Permissions and patterns that the role takes away, whatever another role grants. */
      readonly deny?: readonly PermissionPattern[];
      /** Roles whose grants and denials this one has too. A cycle or an unknown name refuses the document. */
      readonly inherits?: readonly string[];
      /** For the reader. */
      readonly description?: string;
    };

/** The document that says which role gives which permissions. */
export interface MappingDocument {
  /** Names this state of the document in logs and decisions. Default: a digest of the content. */
  readonly revision?: string;
  /** Role name, exactly as it comes in the token, to what it gives. */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
}
