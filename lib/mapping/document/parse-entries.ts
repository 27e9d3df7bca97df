import {
  didYouMean,
  isPattern,
  isRecord,
  patternSegments,
  shown,
  type ConditionalPermission,
  type ConditionalRule,
} from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';
import { reportUnknownMembers } from './member-checks.js';
import type { RuleParser } from './rule-parser.js';

/** A grant or denial of a checked document: a permission or pattern, perhaps under a condition. */
export type ParsedEntry = string | ConditionalRule;

/** State shared by the checks of all grants and denials of a document. */
export interface EntryChecks {
  readonly report: FaultReport;
  /** All permissions; `undefined` if the document does not list them. */
  readonly catalogue: ReadonlyMap<string, string> | undefined;
  /** Entries that passed the check: thousands of roles use the same few entries. */
  readonly good: Set<unknown>;
  readonly rules: RuleParser;
}

const CONDITIONAL_MEMBERS = ['permission', 'when'];

/** Returns the permission or pattern of an entry. */
export function permissionOf(entry: string | ConditionalPermission): string {
  return typeof entry === 'string' ? entry : entry.permission;
}

/** Parses the grants or denials of a role. */
export function parseEntries(value: unknown, path: Path, checks: EntryChecks): readonly ParsedEntry[] {
  const { report, good } = checks;
  if (!Array.isArray(value)) {
    report.add(path, () => `must be a list, got ${shown(value)}.`);
    return [];
  }
  const parsed: ParsedEntry[] = [];
  value.forEach((entry: unknown, index) => {
    const isGood = good.has(entry);
    const found = isGood ? (entry as string) : parseEntry(entry, [...path, index], checks);
    if (found !== undefined) parsed.push(found);
  });
  return parsed;
}

function parseEntry(entry: unknown, path: Path, checks: EntryChecks): ParsedEntry | undefined {
  if (isRecord(entry) && CONDITIONAL_MEMBERS.some((name) => Object.hasOwn(entry, name)))
    return parseConditional(entry, path, checks);
  const fault = faultOf(entry, checks.catalogue);
  if (fault === undefined) {
    checks.good.add(entry);
    return entry as string;
  }
  checks.report.add(path, fault);
  return undefined;
}

/** Checks a permission or pattern. A misspelt permission would grant and deny nothing; it is detected if the document lists all permissions. */
function faultOf(entry: unknown, catalogue: EntryChecks['catalogue']): (() => string) | undefined {
  if (patternSegments(entry) === undefined)
    return () => `must be a permission such as "orders:read" or a pattern such as "orders:*", got ${shown(entry)}.`;
  const name = entry as string;
  if (catalogue === undefined || isPattern(name) || catalogue.has(name)) return undefined;
  return () => `${shown(name)} is not in "permissions".${didYouMean(name, catalogue.keys())}`;
}

function parseConditional(entry: Record<string, unknown>, path: Path, checks: EntryChecks): ConditionalRule | undefined {
  const { report, catalogue } = checks;
  reportUnknownMembers(entry, CONDITIONAL_MEMBERS, path, report);
  const [permission, when] = CONDITIONAL_MEMBERS.map((name) => (Object.hasOwn(entry, name) ? entry[name] : undefined));
  const fault = faultOf(permission, catalogue);
  if (fault !== undefined) report.add([...path, 'permission'], fault);
  if (typeof when !== 'string')
    report.add(
      [...path, 'when'],
      () =>
        `must be a condition such as "resource.ownerId == principal.subject", got ${shown(when)}. Without a condition write only the permission.`,
    );
  return fault === undefined && typeof when === 'string' ? parseRule(permission as string, when, path, checks) : undefined;
}

function parseRule(permission: string, when: string, path: Path, { rules, report }: EntryChecks): ConditionalRule | undefined {
  const result = rules.parse(permission, when);
  if (!('fault' in result)) return result;
  const { message, at } = result.fault;
  report.add([...path, 'when'], () => message, at);
  return undefined;
}
