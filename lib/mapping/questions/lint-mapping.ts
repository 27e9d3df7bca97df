import { didYouMean, isPattern, PatternMatcher, PermissionTable, shown } from '../../core/index.js';
import { coversEntry, overlap, standIn } from './entry-coverage.js';
import { pathText, pointer, type Path } from '../document/fault-report.js';
import type { MappingFault } from '../document/mapping.error.js';
import { permissionOf, type ParsedEntry } from '../document/parse-entries.js';
import { parseMapping, type ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole, ParsedRoles } from '../document/parse-roles.js';
import type { ReadDocument } from '../document/read-document.interface.js';

/** Codes of the warnings. Stable: programs may rely on them. */
type MappingWarningCode =
  /** A role without any own or inherited permission or denial. */
  | 'empty_role'
  /** A permission, pattern or parent that is twice in one list. */
  | 'duplicate_entry'
  /** A grant or denial that a pattern in the same list covers. */
  | 'covered_entry'
  /** A grant that the same role, or a role that it inherits from, denies. */
  | 'denied_grant'
  /** A pattern that covers no permission in the member `permissions`. */
  | 'unmatched_pattern'
  /** A denial of permissions that no role grants. */
  | 'idle_denial'
  /** A permission in the member `permissions` that no role grants. */
  | 'ungranted_permission'
  /** Role names that differ only in case or in white space at the ends, or that begin or end with white space. */
  | 'doubtful_name'
  /** A tenant without own roles. */
  | 'empty_tenant'
  /** The document has expired (`notAfter`). */
  | 'ended';

/** Something in a mapping that is valid but most likely a mistake. */
export interface MappingWarning extends MappingFault {
  readonly code: MappingWarningCode;
}

/** The result of {@link lintMapping}. */
interface MappingLint {
  /** The warnings in the order of the checks; 100 at most. */
  readonly warnings: readonly MappingWarning[];
  /** Number of warnings beyond those listed. */
  readonly untold: number;
}

const MAX_WARNINGS = 100;
/** Longer lists of patterns are not checked for patterns that cover each other: the check compares each with each. */
const MAX_COMPARED_PATTERNS = 1000;

/**
 * Checks a document as a service does, then searches for likely mistakes that a service accepts silently.
 * @param source Source of the document, for the message.
 * @throws MappingError with every fault, if there is any.
 */
export function lintMapping(read: ReadDocument, source: string): MappingLint {
  const mapping = parseMapping(read.document, source, read);
  const report = new WarningReport(read);
  new Linter(mapping, report).lint();
  const { warnings, untold } = report;
  return { warnings, untold };
}

class WarningReport {
  readonly warnings: MappingWarning[] = [];
  untold = 0;

  constructor(private readonly read: ReadDocument) {}

  add(code: MappingWarningCode, path: Path, message: () => string): void {
    if (this.warnings.length >= MAX_WARNINGS) {
      this.untold++;
      return;
    }
    const written = this.asWritten(path);
    const line = this.read.placeOf?.(written);
    this.warnings.push({
      code,
      place: `${pathText(written)}${line === undefined ? '' : ` (${line})`}`,
      pointer: pointer(written),
      message: message(),
    });
  }

  /** Returns the path as written in the document: a role that is a list has no member `permissions`. */
  private asWritten(path: Path): Path {
    let value: unknown = this.read.document;
    const written: (string | number)[] = [];
    for (const key of path) {
      if (Array.isArray(value) && key === 'permissions') continue;
      value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[key];
      written.push(key);
    }
    return written;
  }
}

/** The common roles, or the roles of one tenant. */
interface View {
  readonly own: ParsedRoles;
  readonly path: Path;
  find(name: string): ParsedRole | undefined;
}

class Linter {
  private readonly views: readonly View[];
  private readonly granted: ReadonlySet<string>;
  private readonly grants: PatternMatcher;
  private readonly hasDenials: boolean;
  private readonly catalogue: PermissionTable | undefined;

  constructor(
    private readonly mapping: ParsedMapping,
    private readonly report: WarningReport,
  ) {
    const { roles, tenants, permissions } = mapping;
    this.catalogue = permissions && new PermissionTable(permissions.keys());
    this.views = [
      { own: roles, path: ['roles'], find: (name) => roles.get(name) },
      ...[...tenants].map(([tenant, own]) => ({
        own,
        path: ['tenants', tenant, 'roles'],
        find: (name: string) => own.get(name) ?? roles.get(name),
      })),
    ];
    const all = this.views.flatMap(({ own }) => [...own.values()]);
    this.granted = new Set(all.flatMap(({ permissions }) => permissions.map(permissionOf)));
    this.grants = new PatternMatcher(this.granted);
    this.hasDenials = all.some(({ deny }) => deny.length > 0);
  }

  lint(): void {
    const { notAfter } = this.mapping;
    if (notAfter !== undefined && notAfter <= Date.now())
      this.report.add('ended', ['notAfter'], () => `has passed: services refuse this document.`);
    for (const view of this.views) {
      if (view.own.size === 0 && view.path[0] === 'tenants')
        this.report.add('empty_tenant', view.path, () => 'has no roles, so listing the tenant has no effect.');
      this.lintNames(view);
      for (const [name, role] of view.own) this.lintRole(view, name, role);
    }
    this.lintCatalogue();
  }

  private lintNames({ own, path }: View): void {
    const alike = new Map<string, string>();
    for (const name of own.keys()) {
      const folded = name.trim().toLowerCase();
      const other = alike.get(folded);
      if (other !== undefined)
        this.report.add('doubtful_name', [...path, name], () => `differs from ${shown(other)} only in case or white space.`);
      else if (name !== name.trim())
        this.report.add('doubtful_name', [...path, name], () => 'begins or ends with white space, which counts in comparisons.');
      else alike.set(folded, name);
    }
  }

  private lintRole(view: View, name: string, role: ParsedRole): void {
    const path = [...view.path, name];
    const isBare = role.permissions.length === 0 && role.deny.length === 0;
    if (isBare && !this.family(view, name).some(([, { permissions, deny }]) => permissions.length + deny.length > 0))
      this.report.add('empty_role', path, () => 'gives nothing: it has no permissions and inherits none.');
    this.lintDuplicates(role, path);
    this.lintCovered(role.permissions, [...path, 'permissions'], 'granted');
    this.lintCovered(role.deny, [...path, 'deny'], 'denied');
    this.lintDenied(view, name, role, path);
    this.lintPatterns(role.permissions, [...path, 'permissions'], 'grants');
    this.lintPatterns(role.deny, [...path, 'deny'], 'denies');
    role.deny.map(permissionOf).forEach((entry, index) => {
      if (!this.isUnmatched(entry) && !this.isGranted(entry))
        this.report.add(
          'idle_denial',
          [...path, 'deny', index],
          () => `no role grants anything that ${shown(entry)} covers, so this denies nothing.${didYouMean(entry, this.granted)}`,
        );
    });
  }

  private lintDuplicates(role: ParsedRole, path: Path): void {
    for (const list of ['permissions', 'deny', 'inherits'] as const) {
      const seen = new Set<string>();
      role[list].forEach((written, index) => {
        const entry = keyOf(written);
        if (seen.has(entry))
          this.report.add('duplicate_entry', [...path, list, index], () => `${shown(entry)} is in this list twice.`);
        seen.add(entry);
      });
    }
  }

  private lintCovered(list: readonly ParsedEntry[], path: Path, verb: string): void {
    const entries = list.map(permissionOf);
    const patterns = [...new Set(list.filter(isUnconditional).filter(isPattern))];
    if (patterns.length === 0 || patterns.length > MAX_COMPARED_PATTERNS) return;
    const matchers = patterns.map((pattern) => [pattern, new PatternMatcher([pattern])] as const);
    const any = new PatternMatcher(patterns);
    const covering = (entry: string) =>
      matchers.find(([pattern, matcher]) => pattern !== entry && matcher.matches(standIn(entry)))?.[0];
    entries.forEach((entry, index) => {
      if (!(isPattern(entry) ? covering(entry) !== undefined : any.matches(entry))) return;
      this.report.add(
        'covered_entry',
        [...path, index],
        () => `${shown(entry)} is already ${verb} by ${shown(covering(entry))} of the same role.`,
      );
    });
  }

  private lintDenied(view: View, name: string, { permissions }: ParsedRole, path: Path): void {
    if (!this.hasDenials || permissions.length === 0) return;
    const family = this.family(view, name);
    const denials = new PatternMatcher(family.flatMap(([, { deny }]) => deny.filter(isUnconditional)));
    permissions.map(permissionOf).forEach((entry, index) => {
      if (!denials.matches(standIn(entry))) return;
      this.report.add('denied_grant', [...path, 'permissions', index], () => {
        const [who, rule] =
          family
            .flatMap(([of, { deny }]) => deny.filter(isUnconditional).map((by) => [of, by] as const))
            .find(([, by]) => coversEntry(by, entry)) ?? [];
        return `${shown(entry)} is denied by ${shown(rule)}${who === name ? ' of the same role' : `, inherited from ${shown(who)}`}.`;
      });
    });
  }

  private lintPatterns(entries: readonly ParsedEntry[], path: Path, verb: string): void {
    entries.map(permissionOf).forEach((entry, index) => {
      if (!this.isUnmatched(entry)) return;
      this.report.add(
        'unmatched_pattern',
        [...path, index],
        () => `${shown(entry)} covers nothing in "permissions", so it ${verb} nothing.`,
      );
    });
  }

  private lintCatalogue(): void {
    for (const name of this.mapping.permissions?.keys() ?? [])
      if (!this.grants.matches(name))
        this.report.add('ungranted_permission', ['permissions', name], () => 'is granted by no role, so no caller can hold it.');
  }

  /** Whether an entry is a pattern that covers no permission of the catalogue. */
  private isUnmatched(entry: string): boolean {
    return this.catalogue !== undefined && isPattern(entry) && this.catalogue.row([entry]).every((word) => word === 0);
  }

  private isGranted(entry: string): boolean {
    if (!isPattern(entry)) return this.grants.matches(entry);
    for (const granted of this.granted) if (overlap(granted, entry)) return true;
    return false;
  }

  /** Returns a role and all roles that it inherits from. */
  private family(view: View, name: string): readonly (readonly [name: string, role: ParsedRole])[] {
    const names = new Set([name]);
    // Iterating over a Set also visits members that are added meanwhile.
    for (const member of names) for (const parent of view.find(member)?.inherits ?? []) names.add(parent);
    return [...names].map((member) => [member, view.find(member) ?? NOTHING]);
  }
}

const NOTHING: ParsedRole = { permissions: [], deny: [], inherits: [] };

function isUnconditional(entry: ParsedEntry): entry is string {
  return typeof entry === 'string';
}

/** Returns a text that is equal for equal entries. */
function keyOf(entry: ParsedEntry): string {
  return typeof entry === 'string' ? entry : `${entry.permission} when ${entry.when}`;
}
