import { didYouMean, isRecord, patternSegments, shown } from '../core/index.js';
import type { LoadedMapping } from './mapping-source.interface.js';
import { MappingError, type MappingFault } from './mapping.error.js';

/** One role of a checked document. */
export interface ParsedRole {
  readonly permissions: readonly string[];
  readonly deny: readonly string[];
  readonly inherits: readonly string[];
}

/** A document that passed every check. */
export interface ParsedMapping {
  readonly revision: string | undefined;
  readonly roles: ReadonlyMap<string, ParsedRole>;
}

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

const DOCUMENT_MEMBERS = ['$schema', 'revision', 'roles'];
const ROLE_MEMBERS = ['permissions', 'deny', 'inherits', 'description'];
const NO_ROLES: ReadonlyMap<string, ParsedRole> = new Map();

/**
 * Checks a document as a whole and reports every fault with its place.
 * @throws MappingError naming the source, if there is any fault.
 */
export function parseMapping(loaded: LoadedMapping, source: string): ParsedMapping {
  const faults: MappingFault[] = [];
  const report: Report = (path, message) => {
    const line = loaded.place?.(path);
    faults.push({ place: `${pathText(path)}${line === undefined ? '' : ` (${line})`}`, message });
  };
  const parsed = parseDocument(loaded.document, report);
  if (faults.length > 0) throw new MappingError(source, faults);
  return parsed;
}

function parseDocument(document: unknown, report: Report): ParsedMapping {
  if (!isRecord(document)) {
    report([], `must be an object with "roles", got ${shown(document)}.`);
    return { revision: undefined, roles: NO_ROLES };
  }
  reportUnknownMembers(document, DOCUMENT_MEMBERS, [], report);
  const { revision } = document;
  const named = typeof revision === 'string' && revision !== '' && revision.length <= 200;
  if (revision !== undefined && !named) report(['revision'], `must be a text of 1 to 200 characters, got ${shown(revision)}.`);
  const roles = parseRoles(document['roles'], report);
  checkHierarchy(roles, report);
  return { revision: named ? revision : undefined, roles };
}

function parseRoles(value: unknown, report: Report): ReadonlyMap<string, ParsedRole> {
  if (!isRecord(value)) {
    report(['roles'], `must be an object of role names, got ${shown(value)}.`);
    return NO_ROLES;
  }
  const roles = new Map<string, ParsedRole>();
  for (const [name, definition] of Object.entries(value)) {
    if (name === '') report(['roles', name], 'a role needs a name.');
    roles.set(name, parseRole(definition, ['roles', name], report));
  }
  return roles;
}

function parseRole(definition: unknown, path: Path, report: Report): ParsedRole {
  if (Array.isArray(definition)) return { permissions: parsePatterns(definition, path, report), deny: [], inherits: [] };
  if (!isRecord(definition)) {
    report(path, `must be a list of permissions or an object with ${ROLE_MEMBERS.join(', ')}, got ${shown(definition)}.`);
    return { permissions: [], deny: [], inherits: [] };
  }
  reportUnknownMembers(definition, ROLE_MEMBERS, path, report);
  const { description } = definition;
  if (description !== undefined && typeof description !== 'string')
    report([...path, 'description'], `must be a text, got ${shown(description)}.`);
  return {
    permissions: parsePatterns(definition['permissions'] ?? [], [...path, 'permissions'], report),
    deny: parsePatterns(definition['deny'] ?? [], [...path, 'deny'], report),
    inherits: parseNames(definition['inherits'] ?? [], [...path, 'inherits'], report),
  };
}

function parsePatterns(value: unknown, path: Path, report: Report): readonly string[] {
  return parseList(value, path, report, (entry, at) => {
    if (patternSegments(entry) === undefined)
      report(at, `must be a permission such as "orders:read" or a pattern such as "orders:*", got ${shown(entry)}.`);
  });
}

function parseNames(value: unknown, path: Path, report: Report): readonly string[] {
  return parseList(value, path, report, (entry, at) => {
    if (typeof entry !== 'string') report(at, `must be the name of a role, got ${shown(entry)}.`);
  });
}

function parseList(value: unknown, path: Path, report: Report, check: (entry: unknown, at: Path) => void): readonly string[] {
  if (!Array.isArray(value)) {
    report(path, `must be a list, got ${shown(value)}.`);
    return [];
  }
  value.forEach((entry, index) => check(entry, [...path, index]));
  return value.filter((entry): entry is string => typeof entry === 'string');
}

function checkHierarchy(roles: ReadonlyMap<string, ParsedRole>, report: Report): void {
  const done = new Set<string>();
  for (const [name, { inherits }] of roles) {
    inherits.forEach((parent, index) => {
      if (!roles.has(parent))
        report(['roles', name, 'inherits', index], `no role is named ${shown(parent)}.${didYouMean(parent, roles.keys())}`);
    });
  }
  for (const name of roles.keys())
    for (const [role, cycle] of findCycles(roles, name, done))
      report(['roles', role, 'inherits'], `inherits from itself: ${cycle.join(' → ')}.`);
}

/** Depth first without recursion (a long chain is legal); a role met again on the way down closes a cycle, told once per role. */
function findCycles(roles: ReadonlyMap<string, ParsedRole>, start: string, done: Set<string>): Map<string, readonly string[]> {
  const cycles = new Map<string, readonly string[]>();
  const way = new Set<string>();
  const stack: { readonly name: string; readonly leave: boolean }[] = [{ name: start, leave: false }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { name, leave } = step;
    if (leave) {
      way.delete(name);
      done.add(name);
    } else if (way.has(name)) {
      const names = [...way];
      if (!cycles.has(name)) cycles.set(name, [...names.slice(names.indexOf(name)), name]);
    } else if (!done.has(name)) {
      way.add(name);
      stack.push({ name, leave: true });
      for (const parent of roles.get(name)?.inherits ?? []) stack.push({ name: parent, leave: false });
    }
  }
  return cycles;
}

function reportUnknownMembers(value: object, known: readonly string[], path: Path, report: Report): void {
  for (const name of Object.keys(value))
    if (!known.includes(name))
      report([...path, name], `is not a member known here (${known.join(', ')}).${didYouMean(name, known)}`);
}

function pathText(path: Path): string {
  if (path.length === 0) return 'the document';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\w$-]+$/.test(key)) return `${text}[${shown(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
