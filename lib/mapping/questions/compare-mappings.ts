import { compareHoldings, type ConditionChange } from './compare-holdings.js';
import { standIn } from './entry-coverage.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** The permissions that one role gains and loses between two mappings. */
export interface RoleDifference {
  readonly role: string;
  /** The tenant; `undefined`: for all tenants that are not listed separately. */
  readonly tenant: string | undefined;
  /** `added` and `removed`: only one of the mappings has the role. */
  readonly change: 'added' | 'removed' | 'changed';
  /**
   * Permissions that the role alone gives without a condition in the second mapping and not in the first; likewise `lost`. A pattern stands for the permissions that it
   * covers beyond those named in either mapping.
   */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** Permissions that the role alone gives under a condition in at least one of the mappings, and under another one in the other. */
  readonly conditions: readonly ConditionChange[];
}

/**
 * Compares the permissions that roles hold, not how the documents are written: for each role, every permission and pattern that either mapping
 * names. A tenant is listed with the roles that change differently for it than for all.
 */
export function compareMappings(before: MappingSnapshot, after: MappingSnapshot): readonly RoleDifference[] {
  const comparison = new Comparison(before, after);
  const tenants = union(before.tenantNames(), after.tenantNames());
  return [...comparison.forAll.values(), ...tenants.flatMap((tenant) => comparison.forTenant(tenant))];
}

class Comparison {
  readonly forAll: ReadonlyMap<string, RoleDifference>;
  /** Each entry with the permission that stands for it in a check. */
  private readonly entries: readonly (readonly [entry: string, shownBy: string])[];

  constructor(
    private readonly before: MappingSnapshot,
    private readonly after: MappingSnapshot,
  ) {
    this.entries = union(before.compiled.entries, after.compiled.entries).map((entry) => [entry, standIn(entry)]);
    const roles = union(before.roleNames(), after.roleNames());
    this.forAll = new Map(roles.flatMap((role) => this.differenceOf(role).map((found) => [role, found])));
  }

  forTenant(tenant: string): readonly RoleDifference[] {
    return [...this.touchedBy(tenant)].flatMap((role) => {
      const found = this.differenceOf(role, tenant);
      return sameChange(found[0], this.forAll.get(role)) ? [] : found.length > 0 ? found : [unchanged(role, tenant)];
    });
  }

  /** Returns the difference in a list; empty if there is none. */
  private differenceOf(role: string, tenant?: string): readonly RoleDifference[] {
    const [existed, exists] = [this.before, this.after].map((snapshot) => snapshot.hasRole(role, tenant));
    const { gained, lost, conditions } = compareHoldings(this.before, this.after, this.entries, role, tenant);
    const change = existed === exists ? 'changed' : exists === true ? 'added' : 'removed';
    const isSame = gained.length + lost.length + conditions.length === 0;
    return change === 'changed' && isSame ? [] : [{ role, tenant, change, gained, lost, conditions }];
  }

  /** Returns the roles that a tenant defines itself in either mapping, and all roles that inherit from them. All other roles equal the common ones. */
  private touchedBy(tenant: string): ReadonlySet<string> {
    const touched = new Set([...this.before.roleNames(tenant), ...this.after.roleNames(tenant)]);
    for (const snapshot of [this.before, this.after]) {
      const heirs = heirsIn(snapshot, tenant);
      // Iterating over a Set also visits members that are added meanwhile.
      for (const role of touched) for (const heir of heirs.get(role) ?? []) touched.add(heir);
    }
    return touched;
  }
}

/** Returns, for each role, the roles that inherit from it directly, for a tenant. */
function heirsIn(snapshot: MappingSnapshot, tenant: string): ReadonlyMap<string, readonly string[]> {
  const heirs = new Map<string, string[]>();
  for (const name of union(snapshot.roleNames(), snapshot.roleNames(tenant)))
    for (const parent of snapshot.role(name, tenant)?.inherits ?? []) {
      const known = heirs.get(parent);
      if (known === undefined) heirs.set(parent, [name]);
      else known.push(name);
    }
  return heirs;
}

/** The entry of a role that changes for all tenants except this one. */
function unchanged(role: string, tenant: string): RoleDifference {
  return { role, tenant, change: 'changed', gained: [], lost: [], conditions: [] };
}

function sameChange(a: RoleDifference | undefined, b: RoleDifference | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const changes = ({ change, gained, lost, conditions }: RoleDifference) => JSON.stringify([change, gained, lost, conditions]);
  return changes(a) === changes(b);
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
