import { isName, isRecord, MAX_NAME_LENGTH, shown } from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';
import { parseText, reportUnknownMembers } from './member-checks.js';
import { parseEntries, type EntryChecks, type ParsedEntry } from './parse-entries.js';

/** One role of a checked document. */
export interface ParsedRole {
  readonly permissions: readonly ParsedEntry[];
  readonly deny: readonly ParsedEntry[];
  readonly inherits: readonly string[];
  readonly description?: string | undefined;
}

/** Roles by name. */
export type ParsedRoles = ReadonlyMap<string, ParsedRole>;

const ROLE_MEMBERS = ['permissions', 'deny', 'inherits', 'description'];
const NO_ROLES: ParsedRoles = new Map();

/** Parses the roles of a document or of a tenant. */
export function parseRoles(value: unknown, path: Path, checks: EntryChecks): ParsedRoles {
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

function parseRole(definition: unknown, path: Path, checks: EntryChecks): ParsedRole {
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

function parseNames(value: unknown, path: Path, report: FaultReport): readonly string[] {
  if (!Array.isArray(value)) {
    report.add(path, () => `must be a list, got ${shown(value)}.`);
    return [];
  }
  value.forEach((entry: unknown, index) => {
    if (typeof entry !== 'string') report.add([...path, index], () => `must be the name of a role, got ${shown(entry)}.`);
  });
  return value.filter((entry): entry is string => typeof entry === 'string');
}
