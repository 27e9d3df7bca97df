import type { Permission, PermissionPattern } from '../../core/index.js';

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

/** What one tenant has of its own. */
export interface TenantDefinition {
  /** Roles that only this tenant has, and roles that are different for it: those replace the one of the same name as a whole. */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
}

/** The document that says which role gives which permissions. */
export interface MappingDocument {
  /** Where the JSON Schema is, for editors: `nestjs-authz/schema/mapping.schema.json`. */
  readonly $schema?: string;
  /** Names this state of the document in logs and decisions. Default: a digest of the content. */
  readonly revision?: string;
  /** Who published it, for the reader; a signed bundle's is checked where the service says which it expects. */
  readonly issuer?: string;
  /** For which services it is: one that says who it is refuses a document for others. Default: for all. */
  readonly audience?: string | readonly string[];
  /** Counts up with every publication. A document with a lower one than that in use is refused, as is another with the same. */
  readonly sequence?: number;
  /** When it was published, for the reader: a date-time of RFC 3339. */
  readonly issuedAt?: string;
  /** From when on it may not be used any more, fresh or not: a date-time of RFC 3339. Default: no end. */
  readonly notAfter?: string;
  /** Role name, exactly as it comes in the token, to what it gives. */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
  /** Every permission there is, with a description. Where it is present, a name that is not in it is a fault. */
  readonly permissions?: Readonly<Partial<Record<Permission, string>>>;
  /** Tenant, as the token's tenant claim names it, to what it has of its own. */
  readonly tenants?: Readonly<Record<string, TenantDefinition>>;
}
