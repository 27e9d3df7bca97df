import { didYouMean, isPattern, PatternMatcher, PermissionTable, shown } from '../../core/index.js';
import { coversEntry, overlap, standIn } from './entry-coverage.js';
import { lintConditions, type FamilyMember } from './lint-conditions.js';
import { WarningReport, type MappingWarning } from './lint-report.js';
import type { Path } from '../document/fault-report.js';
import { entryKey } from '../document/entry-key.js';
import { permissionOf, type ParsedEntry } from '../document/parse-entries.js';
import { parseMapping, type ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole, ParsedRoles } from '../document/parse-roles.js';
import type { ReadDocument } from '../document/read-document.interface.js';

/** The result of {@link lintMapping}. */
interface MappingLint {
  /** The warnings in the order of the checks; 100 at most. */
  readonly warnings: readonly MappingWarning[];
  /** Number of warnings beyond those listed. */
  readonly untold: number;
}

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
  private readonly hasConditions: boolean;
  private readonly entries: readonly string[];
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
    const entries = all.flatMap((role) => [...role.permissions, ...role.deny]);
    this.hasConditions = !entries.every(isUnconditional);
    this.entries = entries.map(permissionOf);
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
    this.lintResources();
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
    this.lintConditions(view, name, role, path);
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
        const key = entryKey(written);
        if (seen.has(key))
          this.report.add(
            'duplicate_entry',
            [...path, list, index],
            () =>
              `${shown(permissionOf(written))} is in this list twice${typeof written === 'string' ? '' : ' with this condition'}.`,
          );
        seen.add(key);
      });
    }
  }

  private lintCovered(list: readonly ParsedEntry[], path: Path, verb: string): void {
    const patterns = [...new Set(list.filter(isUnconditional).filter(isPattern))];
    if (patterns.length === 0 || patterns.length > MAX_COMPARED_PATTERNS) return;
    const matchers = patterns.map((pattern) => [pattern, new PatternMatcher([pattern])] as const);
    const any = new PatternMatcher(patterns);
    const covering = (entry: string) =>
      matchers.find(([pattern, matcher]) => pattern !== entry && matcher.matches(standIn(entry)))?.[0];
    list.forEach((entry, index) => {
      if (!isUnconditional(entry) || !(isPattern(entry) ? covering(entry) !== undefined : any.matches(entry))) return;
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

  private lintConditions(view: View, name: string, role: ParsedRole, path: Path): void {
    // Most roles have no conditions, and collecting the parents of each takes time.
    if (!this.hasConditions) return;
    const family = this.family(view, name);
    if (family.some(([, { permissions, deny }]) => ![...permissions, ...deny].every(isUnconditional)))
      lintConditions(role, { path, family, resources: this.mapping.resources, report: this.report });
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
    // The catalogue has the other ones.
    for (const name of this.mapping.stepUps.keys())
      if (this.mapping.permissions?.has(name) !== true && !this.grants.matches(name))
        this.report.add(
          'ungranted_permission',
          ['requires', name],
          () => `is granted by no role, so no caller can hold it.${didYouMean(name, this.granted)}`,
        );
  }

  private lintResources(): void {
    const { resources, permissions } = this.mapping;
    if (resources.size === 0) return;
    const named = new Set([...this.entries, ...(permissions?.keys() ?? [])].map((entry) => entry.split(':', 1)[0] ?? ''));
    for (const name of resources.keys())
      if (!named.has(name))
        this.report.add(
          'unused_resource',
          ['resources', name],
          () => `is the first segment of no permission, so no condition reads it.${didYouMean(name, named)}`,
        );
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
  private family(view: View, name: string): readonly FamilyMember[] {
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
