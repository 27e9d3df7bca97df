import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole, ParsedRoles } from '../document/parse-roles.js';

const NO_ROLES: ParsedRoles = new Map();
const NOTHING: ParsedRole = { permissions: [], deny: [], inherits: [] };

/** Merges two documents: every role gets the rules of both, for all and for each tenant. */
export function mergeParsed(first: ParsedMapping, second: ParsedMapping): ParsedMapping {
  const tenants = new Set([...first.tenants.keys(), ...second.tenants.keys()]);
  return {
    revision: revisionOf(first, second),
    issuer: undefined,
    audience: undefined,
    sequence: undefined,
    issuedAt: undefined,
    notAfter: earlier(first.notAfter, second.notAfter),
    roles: mergeRoles(new Set([...first.roles.keys(), ...second.roles.keys()]), first.roles, second.roles),
    permissions: first.permissions && second.permissions && new Map([...second.permissions, ...first.permissions]),
    tenants: new Map([...tenants].map((tenant) => [tenant, mergeTenant(tenant, first, second)])),
  };
}

/** Merges the roles of a tenant. If only one document replaces a role for the tenant, the common role of the other document still applies with its denials. */
function mergeTenant(tenant: string, first: ParsedMapping, second: ParsedMapping): ParsedRoles {
  const [own, others] = [first, second].map(({ tenants }) => tenants.get(tenant) ?? NO_ROLES);
  const names = new Set([...(own ?? NO_ROLES).keys(), ...(others ?? NO_ROLES).keys()]);
  return mergeRoles(names, new Map([...first.roles, ...(own ?? [])]), new Map([...second.roles, ...(others ?? [])]));
}

function mergeRoles(names: ReadonlySet<string>, first: ParsedRoles, second: ParsedRoles): ParsedRoles {
  return new Map([...names].map((name) => [name, mergeRole(first.get(name), second.get(name))]));
}

function mergeRole(first: ParsedRole = NOTHING, second: ParsedRole = NOTHING): ParsedRole {
  return {
    permissions: union(first.permissions, second.permissions),
    deny: union(first.deny, second.deny),
    inherits: union(first.inherits, second.inherits),
    description: first.description ?? second.description,
  };
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}

function earlier(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? (first ?? second) : Math.min(first, second);
}

/** Joins two revisions; `undefined` if a document has none, so that the digest identifies the merged content. */
function revisionOf(first: ParsedMapping, second: ParsedMapping): string | undefined {
  if (first.revision === undefined || second.revision === undefined) return undefined;
  const revision = `${first.revision}+${second.revision}`;
  return revision.length <= 200 ? revision : undefined;
}
