import type { ConditionalPermission, ConditionalRule } from '../conditions/conditional-permission.interface.js';
import type { ConditionFacts } from '../conditions/condition-facts.interface.js';
import type { TokenPermissions } from '../claims/token-permissions.js';
import { ConditionalRules } from '../conditions/conditional-rules.js';
import type { BoundTest } from '../filters/bind-condition.js';
import type { AuthContextClause } from '../requirement.js';
import { PatternMatcher } from './pattern-matcher.js';
import { isMarked, isPattern, PermissionTable, type PermissionRow } from './permission-table.js';
import type { Permission, PermissionPattern } from './permission.js';

/** What a mapping adds to plain grants and denials. */
export interface PermissionSetParts {
  /** Numbers the permissions, shared by all sets of a mapping. Default: a new table. */
  readonly table?: PermissionTable | undefined;
  /** Grants under a condition. Default: none. */
  readonly conditionalGrants?: readonly ConditionalRule[] | undefined;
  /** Denials under a condition. Default: none. */
  readonly conditionalDenials?: readonly ConditionalRule[] | undefined;
  /** How a caller must have authenticated to use a permission. Default: no rules. */
  readonly stepUps?: ReadonlyMap<string, AuthContextClause> | undefined;
}

/**
 * Whether a caller has a permission.
 * - `unmet`: a role grants the permission under a condition that is not true here
 * - `undecided`: the answer depends on the resource, and there is none
 */
export type PermissionJudgement = 'held' | 'missing' | 'denied' | 'unmet' | 'undecided';

/**
 * The permissions a caller holds under one revision of the mapping. Immutable. A check of a permission that the mapping names reads one bit,
 * independent of the number of roles; any other name is matched against the patterns held.
 */
export class PermissionSet {
  /** What the caller's roles grant unconditionally: permissions and patterns, each once. */
  readonly granted: readonly PermissionPattern[];
  /** What the caller's roles deny unconditionally: permissions and patterns, each once. A denial wins over every grant. */
  readonly denied: readonly PermissionPattern[];
  /** What the caller's roles grant under a condition. */
  readonly conditionalGrants: readonly ConditionalPermission[];
  /** What the caller's roles deny under a condition. A denial whose condition cannot be decided denies. */
  readonly conditionalDenials: readonly ConditionalPermission[];
  /** The revision of the mapping that gave the permissions. */
  readonly revision: string;
  readonly #table: PermissionTable;
  /** Granted and not denied, if no condition is met. */
  readonly #plain: PermissionRow;
  /** As `#plain`, without what a conditional denial may deny. */
  readonly #held: PermissionRow;
  readonly #grants: PatternMatcher;
  readonly #denials: PatternMatcher;
  /** Permissions and patterns of the conditional denials. */
  readonly #maybeDenied: PatternMatcher | undefined;
  readonly #rules: ConditionalRules | undefined;
  readonly #stepUps: ReadonlyMap<string, AuthContextClause> | undefined;

  /**
   * @param granted Permissions and patterns granted.
   * @param denied Permissions and patterns denied. Default: none.
   * @param revision Revision of the mapping. Default: `unversioned`.
   * @param parts Internal: what the mapping adds.
   */
  constructor(
    granted: Iterable<PermissionPattern>,
    denied: Iterable<PermissionPattern> = [],
    revision = 'unversioned',
    parts: PermissionSetParts = {},
  ) {
    const { conditionalGrants = [], conditionalDenials = [] } = parts;
    this.granted = Object.freeze([...new Set(granted)]);
    this.denied = Object.freeze([...new Set(denied)]);
    this.conditionalGrants = conditionalGrants;
    this.conditionalDenials = conditionalDenials;
    this.revision = revision;
    this.#table = parts.table ?? new PermissionTable([...this.granted, ...this.denied]);
    this.#plain = without(this.#table.row(this.granted), this.#table.row(this.denied));
    this.#grants = new PatternMatcher(this.granted.filter(isPattern));
    this.#denials = new PatternMatcher(this.denied.filter(isPattern));
    const maybeDenied = conditionalDenials.map(({ permission }) => permission);
    this.#held = maybeDenied.length === 0 ? this.#plain : without(this.#plain, this.#table.row(maybeDenied));
    this.#maybeDenied = maybeDenied.length === 0 ? undefined : new PatternMatcher(maybeDenied);
    this.#rules =
      conditionalGrants.length + conditionalDenials.length === 0
        ? undefined
        : new ConditionalRules(conditionalGrants, conditionalDenials);
    this.#stepUps = parts.stepUps;
    Object.freeze(this);
  }

  /**
   * Whether the caller may use the permission for any resource: granted unconditionally by any role, denied by none, not even under a condition, and
   * usable without step-up authentication. `authz.can(permission, resource)` also decides about conditions and step-up.
   */
  covers(permission: Permission): boolean {
    return this.holds(permission) && this.#stepUps?.has(permission) !== true;
  }

  /** @internal As {@link covers}, without step-up authentication. */
  holds(permission: Permission): boolean {
    const number = this.#table.numberOf(permission);
    if (number !== undefined) return isMarked(this.#held, number);
    return this.isGranted(permission) && this.#maybeDenied?.matches(permission) !== true;
  }

  /** Whether a role of the caller denies the permission unconditionally. */
  denies(permission: Permission): boolean {
    return this.denied.includes(permission) || this.#denials.matches(permission);
  }

  /** @internal Whether no grant, denial or permission has a condition or requires step-up authentication. */
  get isPlain(): boolean {
    return this.#rules === undefined && this.#stepUps === undefined;
  }

  /** @internal Whether the permission is granted and not denied by the rules without conditions. */
  isGranted(permission: Permission): boolean {
    const number = this.#table.numberOf(permission);
    if (number !== undefined) return isMarked(this.#plain, number);
    return this.#grants.matches(permission) && !this.#denials.matches(permission);
  }

  /** @internal Decides about a permission, with conditions. */
  judge(permission: Permission, facts: ConditionFacts): PermissionJudgement {
    if (this.holds(permission)) return 'held';
    if (this.denies(permission)) return 'denied';
    const isGranted = this.isGranted(permission);
    const judgement = this.#rules?.judge(permission, isGranted, facts) ?? 'open';
    if (judgement === 'granted') return 'held';
    if (judgement !== 'open') return judgement;
    return isGranted ? 'held' : 'missing';
  }

  /** @internal Returns for which resources the caller has the permission. */
  select(permission: Permission, facts: ConditionFacts): BoundTest {
    if (this.holds(permission)) return true;
    if (this.denies(permission)) return false;
    const isGranted = this.isGranted(permission);
    return this.#rules?.select(permission, isGranted, facts) ?? isGranted;
  }

  /** @internal Returns the set combined with the permissions in a token. Denials always apply; a grant keeps its condition. */
  combinedWith({ combine, names }: TokenPermissions): PermissionSet {
    const granted = {
      union: () => [...this.granted, ...names],
      intersect: () => names.filter((name) => this.isGranted(name)),
      only: () => names,
    }[combine]();
    const grants = this.#rules?.grants ?? [];
    const conditionalGrants = {
      union: () => grants,
      intersect: () =>
        names.flatMap((permission) => this.#rules?.applyingTo(permission).grants.map((rule) => ({ ...rule, permission })) ?? []),
      only: () => [],
    }[combine]();
    const parts = { conditionalGrants, conditionalDenials: this.#rules?.denials, stepUps: this.#stepUps };
    return new PermissionSet(granted, this.denied, this.revision, parts);
  }

  /** @internal Returns how the caller must have authenticated to use the permission. */
  stepUpFor(permission: Permission): AuthContextClause | undefined {
    return this.#stepUps?.get(permission);
  }
}

function without(row: PermissionRow, removed: PermissionRow): PermissionRow {
  return row.map((word, index) => word & ~(removed[index] ?? 0));
}
