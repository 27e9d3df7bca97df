import { didYouMean, isRecord, permissionSegments, shown, type AuthContextClause } from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';
import { parseText, reportUnknownMembers } from './member-checks.js';
import { parseStepUp, stricter, type StepUps } from './step-up.js';

/** The permissions that a document lists, and which of them require step-up authentication. */
export interface ParsedCatalogue {
  /** Permission to description; `undefined` if the document does not list them. */
  readonly permissions: ReadonlyMap<string, string> | undefined;
  readonly stepUps: StepUps;
}

const PERMISSION_MEMBERS = ['description', 'requires'];

/** Parses the members `permissions` and `requires`. */
export function parseCatalogue(document: Record<string, unknown>, report: FaultReport): ParsedCatalogue {
  const stepUps = new Map<string, AuthContextClause>();
  const permissions = parsePermissions(document['permissions'], stepUps, report);
  for (const [name, definition] of entriesOf(document['requires'], ['requires'], 'their step-up authentication', report)) {
    const path = ['requires', name];
    if (permissions?.has(name) === false)
      report.add(path, () => `${shown(name)} is not in "permissions".${didYouMean(name, permissions.keys())}`);
    add(name, parseStepUp(definition, path, report), stepUps, path, report);
  }
  return { permissions, stepUps };
}

function parsePermissions(
  value: unknown,
  stepUps: Map<string, AuthContextClause>,
  report: FaultReport,
): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return undefined;
  const catalogue = new Map<string, string>();
  for (const [name, definition] of entriesOf(value, ['permissions'], 'their descriptions', report)) {
    const path = ['permissions', name];
    if (!isRecord(definition)) {
      catalogue.set(name, parseText(definition, path, report) ?? '');
      continue;
    }
    reportUnknownMembers(definition, PERMISSION_MEMBERS, path, report);
    catalogue.set(name, parseText(definition['description'], [...path, 'description'], report) ?? '');
    const { requires } = definition;
    if (requires !== undefined) add(name, parseStepUp(requires, [...path, 'requires'], report), stepUps, path, report);
  }
  return isRecord(value) ? catalogue : undefined;
}

function add(
  name: string,
  clause: AuthContextClause | undefined,
  stepUps: Map<string, AuthContextClause>,
  path: Path,
  report: FaultReport,
): void {
  if (clause === undefined) return;
  const both = stricter(clause, stepUps.get(name));
  if (both === undefined)
    report.add(path, () => `no "acr" is accepted both here and in "permissions", so no caller can meet both.`);
  else stepUps.set(name, both);
}

/** Returns the members of an object whose names are permissions. */
function entriesOf(value: unknown, path: Path, what: string, report: FaultReport): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (!isRecord(value)) {
    report.add(path, () => `must be an object of permissions with ${what}, got ${shown(value)}.`);
    return [];
  }
  for (const name of Object.keys(value))
    if (permissionSegments(name) === undefined)
      report.add([...path, name], () => `must be a permission such as "orders:read", got ${shown(name)}.`);
  return Object.entries(value);
}
