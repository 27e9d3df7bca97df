import { isDeepStrictEqual } from 'node:util';
import { shown, type AuthContextClause } from '../../core/index.js';
import { entryKey } from '../document/entry-key.js';
import type { AttributeTypes, ResourceTypes } from '../document/condition-parser.interface.js';
import { FaultReport } from '../document/fault-report.js';
import type { ParsedEntry } from '../document/parse-entries.js';
import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole, ParsedRoles } from '../document/parse-roles.js';
import { stricter, type StepUps } from '../document/step-up.js';

const NO_ROLES: ParsedRoles = new Map();
const NOTHING: ParsedRole = { permissions: [], deny: [], inherits: [] };

/**
 * Merges two documents: every role gets the rules of both, for all and for each tenant, and a permission requires the step-up authentication of both.
 * @param source Name of the merged mapping, for messages.
 * @throws MappingError if they declare a resource differently, or if no `acr` meets both.
 */
export function mergeParsed(first: ParsedMapping, second: ParsedMapping, source = 'merge()'): ParsedMapping {
  const report = new FaultReport(source);
  const resources = mergeResources(first.resources, second.resources, report);
  const stepUps = mergeStepUps(first.stepUps, second.stepUps, report);
  report.close();
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
    resources,
    stepUps,
  };
}

function mergeResources(first: ResourceTypes, second: ResourceTypes, report: FaultReport): ResourceTypes {
  const merged = new Map<string, AttributeTypes>(first);
  for (const [name, types] of second) {
    if (first.has(name) && !isDeepStrictEqual(first.get(name), types))
      report.add(['resources', name], () => 'the two documents declare other attributes for it: write the same ones in both.');
    merged.set(name, types);
  }
  return merged;
}

function mergeStepUps(first: StepUps, second: StepUps, report: FaultReport): StepUps {
  const merged = new Map<string, AuthContextClause>(first);
  for (const [name, clause] of second) {
    const both = stricter(clause, first.get(name));
    if (both !== undefined) merged.set(name, both);
    else
      report.add(
        ['requires', name],
        () => `the two documents accept no common "acr": ${shown(first.get(name)?.acr)} and ${shown(clause.acr)}.`,
      );
  }
  return merged;
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
    permissions: unionOfEntries(first.permissions, second.permissions),
    deny: unionOfEntries(first.deny, second.deny),
    inherits: union(first.inherits, second.inherits),
    description: first.description ?? second.description,
  };
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}

/** Returns the entries of both. A condition is part of an entry: the same permission under two conditions is two grants, of which either suffices. */
function unionOfEntries(first: readonly ParsedEntry[], second: readonly ParsedEntry[]): readonly ParsedEntry[] {
  const entries = new Map<string, ParsedEntry>();
  for (const entry of [...first, ...second]) {
    const key = entryKey(entry);
    if (!entries.has(key)) entries.set(key, entry);
  }
  return [...entries.values()];
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
