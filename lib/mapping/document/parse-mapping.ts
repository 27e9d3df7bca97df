import { isRecord, shown } from '../../core/index.js';
import { checkHierarchy } from './check-hierarchy.js';
import type { ResourceTypes } from './condition-parser.interface.js';
import { FaultReport } from './fault-report.js';
import { parseText, reportUnknownMembers } from './member-checks.js';
import { parseCatalogue } from './parse-catalogue.js';
import type { EntryChecks } from './parse-entries.js';
import { parseResources } from './parse-resources.js';
import { checkName, parseRoles, type ParsedRoles } from './parse-roles.js';
import type { ReadDocument } from './read-document.interface.js';
import { RuleParser } from './rule-parser.js';
import type { StepUps } from './step-up.js';

/** A document that passed every check. */
export interface ParsedMapping {
  readonly revision: string | undefined;
  readonly issuer: string | undefined;
  /** `undefined`: for all services. */
  readonly audience: readonly string[] | undefined;
  readonly sequence: number | undefined;
  readonly issuedAt: string | undefined;
  /** Time of expiry, in milliseconds since 1970. */
  readonly notAfter: number | undefined;
  readonly roles: ParsedRoles;
  /** Permission to description; `undefined` if the document does not list them. */
  readonly permissions: ReadonlyMap<string, string> | undefined;
  readonly tenants: ReadonlyMap<string, ParsedRoles>;
  /** Declared attributes of resources; empty if the document does not declare any. */
  readonly resources: ResourceTypes;
  /** How a caller must have authenticated, by permission. Independent of `permissions`. */
  readonly stepUps: StepUps;
}

const DOCUMENT_MEMBERS = [
  '$schema',
  'revision',
  'issuer',
  'audience',
  'sequence',
  'issuedAt',
  'notAfter',
  'roles',
  'permissions',
  'requires',
  'resources',
  'tenants',
];
const TENANT_MEMBERS = ['roles'];
const MAX_REVISION_LENGTH = 200;
/** A revision is printed in log lines. */
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;

/**
 * Checks a document and reports every fault with its position.
 * @param source Source of the document, for the message.
 * @param read What `readDocument` returns with the document. Default: the document has no conditions, and its faults no line numbers.
 * @throws MappingError naming the source, if there is any fault.
 */
export function parseMapping(
  document: unknown,
  source: string,
  { placeOf, parseCondition }: Omit<ReadDocument, 'document'> = {},
): ParsedMapping {
  const report = new FaultReport(source, placeOf);
  const parsed = parseDocument(document, parseCondition, report);
  report.close();
  return parsed;
}

function parseDocument(value: unknown, parseCondition: ReadDocument['parseCondition'], report: FaultReport): ParsedMapping {
  if (!isRecord(value)) report.add([], () => `must be an object with "roles", got ${shown(value)}.`);
  const document = isRecord(value) ? value : { roles: {} };
  reportUnknownMembers(document, DOCUMENT_MEMBERS, [], report);
  parseText(document['$schema'], ['$schema'], report);
  const { permissions, stepUps } = parseCatalogue(document, report);
  const resources = parseResources(document['resources'], report);
  const rules = new RuleParser(resources, parseCondition);
  const checks = { report, catalogue: permissions, good: new Set<unknown>(), rules };
  const roles = parseRoles(document['roles'], ['roles'], checks);
  checkHierarchy(roles, new Map(), ['roles'], report);
  return {
    revision: parseRevision(document['revision'], report),
    issuer: parseText(document['issuer'], ['issuer'], report),
    audience: parseAudience(document['audience'], report),
    sequence: parseSequence(document['sequence'], report),
    issuedAt: parseMoment(document, 'issuedAt', report)?.text,
    notAfter: parseMoment(document, 'notAfter', report)?.milliseconds,
    roles,
    permissions,
    tenants: parseTenants(document['tenants'], roles, checks),
    resources,
    stepUps,
  };
}

function parseRevision(value: unknown, report: FaultReport): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= MAX_REVISION_LENGTH && PRINTABLE.test(value)) return value;
  report.add(['revision'], () => `must be a string of 1 to ${MAX_REVISION_LENGTH} printable characters, got ${shown(value)}.`);
  return undefined;
}

function parseAudience(value: unknown, report: FaultReport): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const audience = names.filter((name): name is string => typeof name === 'string' && name !== '');
  if (audience.length === names.length) return audience;
  report.add(['audience'], () => `must be a string or a list of strings, got ${shown(value)}.`);
  return undefined;
}

function parseSequence(value: unknown, report: FaultReport): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  report.add(['sequence'], () => `must be a whole number of at least 0, got ${shown(value)}.`);
  return undefined;
}

/** RFC 3339 section 5.6, with "T" and "Z" in upper case only. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function parseMoment(
  document: Record<string, unknown>,
  member: 'issuedAt' | 'notAfter',
  report: FaultReport,
): { readonly text: string; readonly milliseconds: number } | undefined {
  const value = document[member];
  if (value === undefined) return undefined;
  const milliseconds = typeof value === 'string' && DATE_TIME.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(milliseconds)) return { text: value as string, milliseconds };
  report.add([member], () => `must be a date-time such as "2026-12-31T23:59:59Z", got ${shown(value)}.`);
  return undefined;
}

function parseTenants(value: unknown, base: ParsedRoles, checks: EntryChecks): ReadonlyMap<string, ParsedRoles> {
  const { report } = checks;
  const tenants = new Map<string, ParsedRoles>();
  if (value === undefined) return tenants;
  if (!isRecord(value)) {
    report.add(['tenants'], () => `must be an object of tenants with "roles", got ${shown(value)}.`);
    return tenants;
  }
  for (const [name, definition] of Object.entries(value)) {
    const path = ['tenants', name];
    checkName(name, 'tenant', path, report);
    if (!isRecord(definition)) {
      report.add(path, () => `must be an object with "roles", got ${shown(definition)}.`);
      continue;
    }
    reportUnknownMembers(definition, TENANT_MEMBERS, path, report);
    const roles = parseRoles(definition['roles'], [...path, 'roles'], checks);
    checkHierarchy(roles, base, [...path, 'roles'], report);
    tenants.set(name, roles);
  }
  return tenants;
}
