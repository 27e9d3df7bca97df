import { didYouMean, isName, isPattern, isRecord, MAX_NAME_LENGTH, patternSegments, shown } from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';

/** One role of a checked document. */
export interface ParsedRole {
  readonly permissions: readonly string[];
  readonly deny: readonly string[];
  readonly inherits: readonly string[];
  readonly description?: string | undefined;
}

/** Roles by name. */
export type ParsedRoles = ReadonlyMap<string, ParsedRole>;

const ROLE_MEMBERS = ['permissions', 'deny', 'inherits', 'description'];
const NO_ROLES: ParsedRoles = new Map();

/** State shared by the checks of all roles of a document. */
export interface RoleChecks {
  readonly report: FaultReport;
  /** All permissions; `undefined` if the document does not list them. */
  readonly catalogue: ReadonlyMap<string, string> | undefined;
  /** Entries that passed the check: thousands of roles use the same few entries. */
  readonly good: Set<unknown>;
}

/** Parses the roles of a document or of a tenant. */
export function parseRoles(value: unknown, path: Path, checks: RoleChecks): ParsedRoles {
  if (!isRecord(value)) {
    checks.report.add(path, () => `must be an object of role names, got ${shown(value)}.`);
    return NO_ROLES;
  }
  const roles = new Map<string, ParsedRole>();
  for (const [name, definition] of Object.entries(value)) {
    const at = [...path, name];
    checkName(name, 'role', at, checks.report);
    roles.set(name, parseRole(definition, at, checks));
  }
  return roles;
}

/** Reports a name that no token can carry: the denials of such a role would never apply. */
export function checkName(name: string, kind: 'role' | 'tenant', path: Path, report: FaultReport): void {
  const { length } = name;
  if (length === 0) report.add(path, () => `a ${kind} needs a name.`);
  else if (!isName(name))
    report.add(path, () => `no token carries a ${kind} with a name of ${length} characters: write ${MAX_NAME_LENGTH} at most.`);
}

function parseRole(definition: unknown, path: Path, checks: RoleChecks): ParsedRole {
  const { report } = checks;
  if (Array.isArray(definition)) return { permissions: parseEntries(definition, path, checks), deny: [], inherits: [] };
  if (!isRecord(definition)) {
    report.add(
      path,
      () => `must be a list of permissions or an object with ${ROLE_MEMBERS.join(', ')}, got ${shown(definition)}.`,
    );
    return { permissions: [], deny: [], inherits: [] };
  }
  reportUnknownMembers(definition, ROLE_MEMBERS, path, report);
  return {
    permissions: parseEntries(definition['permissions'] ?? [], [...path, 'permissions'], checks),
    deny: parseEntries(definition['deny'] ?? [], [...path, 'deny'], checks),
    inherits: parseNames(definition['inherits'] ?? [], [...path, 'inherits'], report),
    description: parseText(definition['description'], [...path, 'description'], report),
  };
}

function parseEntries(value: unknown, path: Path, { report, catalogue, good }: RoleChecks): readonly string[] {
  return parseList(value, path, report, (entry, index) => {
    if (good.has(entry)) return;
    const fault = faultOf(entry, catalogue);
    if (fault === undefined) good.add(entry);
    else report.add([...path, index], fault);
  });
}

/** Checks one entry. A misspelt permission would grant and deny nothing; it is detected if the document lists all permissions. */
function faultOf(entry: unknown, catalogue: RoleChecks['catalogue']): (() => string) | undefined {
  if (patternSegments(entry) === undefined)
    return () => `must be a permission such as "orders:read" or a pattern such as "orders:*", got ${shown(entry)}.`;
  const name = entry as string;
  if (catalogue === undefined || isPattern(name) || catalogue.has(name)) return undefined;
  return () => `${shown(name)} is not in "permissions".${didYouMean(name, catalogue.keys())}`;
}

function parseNames(value: unknown, path: Path, report: FaultReport): readonly string[] {
  return parseList(value, path, report, (entry, index) => {
    if (typeof entry !== 'string') report.add([...path, index], () => `must be the name of a role, got ${shown(entry)}.`);
  });
}

function parseList(
  value: unknown,
  path: Path,
  report: FaultReport,
  check: (entry: unknown, index: number) => void,
): readonly string[] {
  if (!Array.isArray(value)) {
    report.add(path, () => `must be a list, got ${shown(value)}.`);
    return [];
  }
  value.forEach(check);
  return value.filter((entry): entry is string => typeof entry === 'string');
}

/** Parses an optional string. */
export function parseText(value: unknown, path: Path, report: FaultReport): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  report.add(path, () => `must be a string, got ${shown(value)}.`);
  return undefined;
}

/** Reports unknown members. */
export function reportUnknownMembers(value: object, known: readonly string[], path: Path, report: FaultReport): void {
  for (const name of Object.keys(value))
    if (!known.includes(name))
      report.add([...path, name], () => `is not an allowed member (${known.join(', ')}).${didYouMean(name, known)}`);
}
