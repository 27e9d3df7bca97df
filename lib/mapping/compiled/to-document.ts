import type { AuthContextClause } from '../../core/index.js';
import type { AttributeTypes } from '../document/condition-parser.interface.js';
import type {
  MappingDocument,
  PermissionDefinition,
  ResourceDefinition,
  RoleDefinition,
  RoleEntry,
  StepUpDefinition,
} from '../document/mapping-document.interface.js';
import type { ParsedEntry } from '../document/parse-entries.js';
import type { MappingSnapshot } from './mapping-snapshot.js';
import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRoles } from '../document/parse-roles.js';

/** Returns the document from which a snapshot was compiled, with every role as an object. */
export function toDocument(snapshot: MappingSnapshot): MappingDocument {
  return documentOf(parsedOf(snapshot));
}

/** Returns the checked document from which a snapshot was compiled. */
export function parsedOf(snapshot: MappingSnapshot): ParsedMapping {
  const { tenantNames, catalogue, ...metadata } = snapshot.compiled;
  return {
    ...metadata,
    permissions: catalogue && new Map(catalogue),
    roles: rolesIn(snapshot),
    tenants: new Map(tenantNames.map((tenant) => [tenant, rolesIn(snapshot, tenant)])),
  };
}

/** Converts a checked document to a plain value. */
export function documentOf(mapping: ParsedMapping): MappingDocument {
  const { notAfter, permissions, tenants, resources, stepUps } = mapping;
  // A document that does not list all permissions has its step-ups apart: as members of `permissions` they would make it a list.
  const unlisted = [...stepUps].filter(([name]) => permissions?.has(name) !== true);
  const document: { readonly [Member in keyof MappingDocument]: MappingDocument[Member] | undefined } = {
    revision: mapping.revision,
    issuer: mapping.issuer,
    audience: mapping.audience,
    sequence: mapping.sequence,
    issuedAt: mapping.issuedAt,
    notAfter: notAfter === undefined ? undefined : new Date(notAfter).toISOString(),
    roles: definitionsOf(mapping.roles),
    // fromEntries creates own members for every name, also for `__proto__`.
    permissions:
      permissions &&
      Object.fromEntries(
        [...permissions].map(([name, description]) => [name, permissionDefinition(description, stepUps.get(name))]),
      ),
    requires:
      unlisted.length === 0 ? undefined : Object.fromEntries(unlisted.map(([name, clause]) => [name, stepUpDefinition(clause)])),
    resources:
      resources.size === 0 ? undefined : Object.fromEntries([...resources].map(([name, types]) => [name, attributesIn(types)])),
    tenants:
      tenants.size === 0
        ? undefined
        : Object.fromEntries([...tenants].map(([tenant, roles]) => [tenant, { roles: definitionsOf(roles) }])),
  };
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined)) as unknown as MappingDocument;
}

function rolesIn(snapshot: MappingSnapshot, tenant?: string): ParsedRoles {
  return new Map(
    snapshot.roleNames(tenant).flatMap((name) => {
      const role = snapshot.role(name, tenant);
      return role === undefined ? [] : [[name, role]];
    }),
  );
}

function definitionsOf(roles: ParsedRoles): Readonly<Record<string, RoleDefinition>> {
  return Object.fromEntries(
    [...roles].map(([name, { description, permissions, deny, inherits }]) => {
      const rules = { permissions: permissions.map(entryOf), deny: deny.map(entryOf), inherits };
      return [name, description === undefined ? rules : { ...rules, description }];
    }),
  );
}

function entryOf(entry: ParsedEntry): RoleEntry {
  return typeof entry === 'string' ? entry : { permission: entry.permission, when: entry.when };
}

function permissionDefinition(description: string, stepUp: AuthContextClause | undefined): PermissionDefinition {
  return stepUp === undefined ? description : { description, requires: stepUpDefinition(stepUp) };
}

function stepUpDefinition({ acr, maxAgeSeconds }: AuthContextClause): StepUpDefinition {
  return { ...(maxAgeSeconds !== undefined && { maxAgeSeconds }), ...(acr.length > 0 && { acr }) };
}

function attributesIn(types: AttributeTypes): ResourceDefinition {
  return Object.fromEntries([...types].map(([name, type]) => [name, typeof type === 'string' ? type : attributesIn(type)]));
}
