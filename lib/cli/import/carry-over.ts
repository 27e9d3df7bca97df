import { isPattern, patternSegments, shown } from '../../core/index.js';
import { overlap } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { allPrinted } from '../output/text-table.js';
import type { ImportedRole, ImportedRoles } from './imported-roles.interface.js';

/** Largest number of faults in one message. */
const MAX_LISTED = 20;
/** A segment without characters that any known system treats as a wildcard. Only a space within it is changed, to `-`. */
const PLAIN_SEGMENT = /^[\p{L}\p{M}\p{N}_.@/#=&~-]+(?: [\p{L}\p{M}\p{N}_.@/#=&~-]+)*$/u;
/** A grant of this form is a denial in some source systems. */
const NEGATION = /^[!-]|:!/;

/**
 * Keeps the entries that mean the same in a mapping. Leaves out and lists grants that do not.
 * @throws CliError that lists every denial that would be lost.
 */
export function carriedOver(imported: ImportedRoles): ImportedRoles {
  if (!imported.hasPatterns) return imported;
  const stated = imported.stated ?? new Set<string>();
  const faults = denialFaults(imported, stated);
  if (faults.length > 0) throw lost(faults);
  const isUsable = (name: string) => stated.has(name) || foreignTo(name) === undefined;
  const leftOut = new Map<string, string[]>();
  const roles = new Map<string, ImportedRole>();
  for (const [name, role] of imported.roles) {
    for (const grant of role.permissions) if (!isUsable(grant)) addTo(leftOut, grant, name);
    roles.set(name, { ...role, permissions: new Set([...role.permissions].filter(isUsable)) });
  }
  const isListed = (name: string) => isUsable(name) && !isWildcard(name);
  const patterns = [...imported.permissions.keys()].filter((name) => !isListed(name));
  return {
    ...imported,
    roles,
    permissions: new Map([...imported.permissions].filter(([name]) => isListed(name))),
    leftOut: [
      ...imported.leftOut,
      ...[...leftOut].map(([grant, of]) => `the grant ${shown(grant)} of ${allPrinted(of)}: ${foreignTo(grant) ?? ''}`),
      ...(patterns.length > 0 ? [`entries of the list of permissions that are not permissions: ${allPrinted(patterns)}`] : []),
    ],
    doubts: [...(imported.doubts ?? []), ...doubtsOf(imported, stated)],
  };
}

function lost(faults: readonly string[]): CliError {
  const listed = faults.slice(0, MAX_LISTED).map((fault) => `\n  ${fault}`);
  const rest = faults.length > MAX_LISTED ? [`\n  … and ${faults.length - MAX_LISTED} more`] : [];
  return new CliError(
    `Nothing was imported, because denials would be lost:${[...listed, ...rest].join('')}\nWrite what each of them means into a file and pass it with --rename, such as permissions: { "orders:del*": ["orders:delete"] }.`,
  );
}

function denialFaults({ roles, permissions }: ImportedRoles, stated: ReadonlySet<string>): readonly string[] {
  const known = new Known([...permissions.keys(), ...[...roles.values()].flatMap((role) => [...role.permissions, ...role.deny])]);
  const faults: string[] = [];
  for (const [name, role] of roles) {
    const add = (entry: string, reason: string | undefined) => {
      if (reason !== undefined && !stated.has(entry)) faults.push(`${shown(entry)} of ${shown(name)}: ${reason}`);
    };
    for (const denial of role.deny) add(denial, denialFault(denial) ?? known.nearFault(denial));
    for (const grant of role.permissions)
      if (NEGATION.test(grant)) add(grant, 'it looks like a denial, but is in the place of a grant');
  }
  return faults;
}

function denialFault(denial: string): string | undefined {
  const isPlain = denial.split(':').every((segment) => segment === '*' || PLAIN_SEGMENT.test(segment));
  const foreign = foreignTo(denial);
  if (foreign !== undefined) return foreign;
  return isPlain && denial.length <= 240
    ? undefined
    : 'it is too long, or has characters that a permission cannot have or that may be wildcards';
}

/** Returns why a name such as `ord*`, `orders:**` or `orders:` has no equivalent permission or pattern, `undefined` if it has one. */
function foreignTo(name: string): string | undefined {
  if (patternSegments(name) !== undefined) return undefined;
  if (name.includes('*')) return 'a star must be a whole segment between colons';
  return name.split(':').includes('') ? 'a segment before or after a colon is empty' : undefined;
}

function isWildcard(name: string): boolean {
  return patternSegments(name) !== undefined && isPattern(name);
}

/** All names of the source, for comparing them with denials as a database that ignores letter case does. */
class Known {
  private readonly folded = new Map<string, string[]>();
  private readonly all: readonly string[];
  private readonly patterns: readonly string[];

  constructor(names: readonly string[]) {
    this.all = [...new Set(names)];
    for (const name of this.all) addTo(this.folded, fold(name), name);
    this.patterns = this.all.filter(isWildcard);
  }

  /** Returns why a denial may miss its intended target, `undefined` if it does not. */
  nearFault(denial: string): string | undefined {
    const near = this.nearTo(denial);
    if (near !== undefined) return `it differs from ${shown(near)} only in letter case or spaces`;
    const missed = this.missedBy(denial);
    return missed && `it does not match ${shown(missed)}, because a star before the end covers one segment only`;
  }

  /** Returns a name that the denial would match if a star covered any number of segments. */
  private missedBy(denial: string): string | undefined {
    if (!denial.includes('*:')) return undefined;
    const wide = new RegExp(`^${denial.split('*').map(escaped).join('.*')}$`, 'u');
    return this.all.find((name) => wide.test(name) && !overlap(name, denial));
  }

  private nearTo(denial: string): string | undefined {
    const compared = fold(denial);
    const differs = (name: string) => overlap(fold(name), compared) && !overlap(name, denial);
    if (isWildcard(denial)) for (const names of this.folded.values()) for (const name of names) if (differs(name)) return name;
    return this.folded.get(compared)?.find((name) => name !== denial) ?? this.patterns.find(differs);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s-]+/g, '-');
}

/** Lists names that are imported unchanged but may have had a wider meaning in the source. */
function doubtsOf({ roles, permissions }: ImportedRoles, stated: ReadonlySet<string>): readonly string[] {
  const names = new Set([...permissions.keys(), ...[...roles.values()].flatMap((role) => [...role.permissions])]);
  const odd = [...names].filter((name) => !name.includes('*') && !stated.has(name) && /[%?,;|[\]{}^$]/.test(name));
  const alike = [twins('permissions', names), twins('roles', roles.keys())].flatMap((pairs) => pairs);
  return [
    ...(odd.length > 0
      ? [`permissions with characters that are wildcards in some systems, imported unchanged: ${allPrinted(odd)}`]
      : []),
    ...alike,
  ];
}

function twins(what: string, names: Iterable<string>): readonly string[] {
  const byFold = new Map<string, string[]>();
  for (const name of names) addTo(byFold, fold(name), name);
  const alike = [...byFold.values()].filter((group) => group.length > 1).flat();
  return alike.length > 0 ? [`${what} that differ only in letter case or spaces: ${allPrinted(alike)}`] : [];
}

function addTo(groups: Map<string, string[]>, key: string, name: string): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [name]);
  else group.push(name);
}
