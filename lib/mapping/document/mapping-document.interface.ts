import type { Permission, PermissionPattern } from '../../core/index.js';

/** What one role grants and denies. A list is short for `{ permissions: [...] }`. */
export type RoleDefinition =
  | readonly PermissionPattern[]
  | {
      /** Permissions and patterns that the role grants. */
      readonly permissions?: readonly PermissionPattern[];
      /** Permissions and patterns that the role denies. A denial wins over every grant of any role. */
      readonly deny?: readonly PermissionPattern[];
      /** Roles whose grants and denials this role inherits. With a cycle or an unknown name the document is refused. */
      readonly inherits?: readonly string[];
      /** For people. Has no effect. */
      readonly description?: string;
    };

/** The own roles of one tenant. */
export interface TenantDefinition {
  /** Roles that only this tenant has, and roles that completely replace the common role of the same name. */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
}

/** The document that says which role gives which permissions. */
export interface MappingDocument {
  /** Path of the JSON Schema, for editors: `nestjs-authz/schema/mapping.schema.json`. */
  readonly $schema?: string;
  /** Identifies this state of the document in logs and decisions. Default: a digest of the content. */
  readonly revision?: string;
  /** Publisher of the document. Checked in a signed bundle if the service states the issuer that it expects. */
  readonly issuer?: string;
  /** Services for which the document is meant. A service that states its own name refuses a document for others. Default: all services. */
  readonly audience?: string | readonly string[];
  /** Increases with every publication. A document with a lower sequence than the one in use is refused, and so is different content with the same sequence. */
  readonly sequence?: number;
  /** Time of publication, as an RFC 3339 date-time. */
  readonly issuedAt?: string;
  /** Time at which the document expires, as an RFC 3339 date-time. Default: never. */
  readonly notAfter?: string;
  /** Roles by name, exactly as in the token. */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
  /** All permissions with their descriptions. If present, a role that names any other permission is a fault. */
  readonly permissions?: Readonly<Partial<Record<Permission, string>>>;
  /** Own roles of tenants, by the tenant's name exactly as in the token's tenant claim. */
  readonly tenants?: Readonly<Record<string, TenantDefinition>>;
}
