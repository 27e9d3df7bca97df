import { PatternMatcher } from './pattern-matcher.js';
import { isMarked, isPattern, PermissionTable, type PermissionRow } from './permission-table.js';
import type { Permission, PermissionPattern } from './permission.js';

/**
 * The permissions a caller holds under one revision of the mapping. Immutable. A check of a permission that the mapping names reads one bit,
 * independent of the number of roles; any other name is matched against the patterns held.
 */
export class PermissionSet {
  /** What the caller's roles grant: permissions and patterns, each once. */
  readonly granted: readonly PermissionPattern[];
  /** What the caller's roles deny: permissions and patterns, each once. A denial wins over every grant. */
  readonly denied: readonly PermissionPattern[];
  /** The revision of the mapping that gave the permissions. */
  readonly revision: string;
  readonly #table: PermissionTable;
  readonly #held: PermissionRow;
  readonly #grants: PatternMatcher;
  readonly #denials: PatternMatcher;

  /**
   * @param granted Permissions and patterns granted.
   * @param denied Permissions and patterns denied. Default: none.
   * @param revision Revision of the mapping. Default: `unversioned`.
   * @param table Internal: numbers the permissions, shared by all sets of a mapping. Default: a new table.
   */
  constructor(
    granted: Iterable<PermissionPattern>,
    denied: Iterable<PermissionPattern> = [],
    revision = 'unversioned',
    table?: PermissionTable,
  ) {
    this.granted = Object.freeze([...new Set(granted)]);
    this.denied = Object.freeze([...new Set(denied)]);
    this.revision = revision;
    this.#table = table ?? new PermissionTable([...this.granted, ...this.denied]);
    const denials = this.#table.row(this.denied);
    this.#held = this.#table.row(this.granted).map((word, index) => word & ~(denials[index] ?? 0));
    this.#grants = new PatternMatcher(this.granted.filter(isPattern));
    this.#denials = new PatternMatcher(this.denied.filter(isPattern));
    Object.freeze(this);
  }

  /** Whether the caller holds the permission: granted by any role and denied by none. */
  covers(permission: Permission): boolean {
    const number = this.#table.numberOf(permission);
    if (number !== undefined) return isMarked(this.#held, number);
    return this.#grants.matches(permission) && !this.#denials.matches(permission);
  }

  /** Whether a role of the caller denies the permission. */
  denies(permission: Permission): boolean {
    return this.denied.includes(permission) || this.#denials.matches(permission);
  }
}
