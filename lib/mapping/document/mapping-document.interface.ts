import type { AttributeType, ConditionalPermission, Permission, PermissionPattern } from '../../core/index.js';

/** A permission or pattern, or the same under a condition: `{ permission: 'orders:update', when: 'resource.ownerId == principal.subject' }`. */
export type RoleEntry = PermissionPattern | ConditionalPermission;

/** What one role grants and denies. A list is short for `{ permissions: [...] }`. */
export type RoleDefinition =
  | readonly RoleEntry[]
  | {
      /** Permissions and patterns that the role grants. A conditional grant applies only if its condition is true. */
      readonly permissions?: readonly RoleEntry[];
      /**
       * Permissions and patterns that the role denies. A denial wins over every grant of any role. A conditional denial applies unless its condition is
       * false: also if it cannot be decided, such as for a missing attribute.
       */
      readonly deny?: readonly RoleEntry[];
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

/** How, and how recently, a caller must have authenticated to use a permission. At least one member. */
export interface StepUpDefinition {
  /** Longest time since the caller authenticated (`auth_time` of the token), in seconds. Default: any. */
  readonly maxAgeSeconds?: number;
  /** Accepted values of the token's `acr`, best first. Default: any. */
  readonly acr?: string | readonly string[];
}

/** A permission that the document lists: its description for people, or more about it. */
export type PermissionDefinition =
  | string
  | {
      /** For people. Has no effect. */
      readonly description?: string;
      /** Step-up authentication, in addition to what the handler requires. Default: none. */
      readonly requires?: StepUpDefinition;
    };

/** The types of a resource's attributes, by name. An object has attributes of its own: `{ ownerId: 'string', owner: { id: 'string' } }`. */
export interface ResourceDefinition {
  readonly [attribute: string]: AttributeType | ResourceDefinition;
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
  readonly permissions?: Readonly<Partial<Record<Permission, PermissionDefinition>>>;
  /**
   * Step-up authentication by permission, for a document that does not list all permissions. The same as the member `requires` of a permission in
   * `permissions`; if both name a permission, a caller must meet both.
   */
  readonly requires?: Readonly<Partial<Record<Permission, StepUpDefinition>>>;
  /**
   * The attributes of resources with their types, by the first segment of the permissions: `orders` for `orders:read`. A condition that uses another
   * attribute, or a type that does not fit, is then a fault. Conditions of a resource that is not listed may use any attribute.
   */
  readonly resources?: Readonly<Record<string, ResourceDefinition>>;
  /** Own roles of tenants, by the tenant's name exactly as in the token's tenant claim. */
  readonly tenants?: Readonly<Record<string, TenantDefinition>>;
}
