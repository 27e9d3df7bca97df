import { standIn } from './entry-coverage.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** What one role gains and loses from one mapping to the next. */
export interface RoleDifference {
  readonly role: string;
  /** For whom; `undefined`: for all, apart from tenants listed themselves. */
  readonly tenant: string | undefined;
  /** `added` and `removed`: only one of the mappings has the role. */
  readonly change: 'added' | 'removed' | 'changed';
  /**
   * Permissions held after and not before, as the role decides alone. A pattern stands for what it covers beyond the names in either mapping.
   */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/**
 * Compares who holds what, not how it is written: for each role, each permission and pattern that either mapping names. A tenant is listed
 * with those of its roles that change in another way than they do for all.
 */
export function compareMappings(before: MappingSnapshot, after: MappingSnapshot): readonly RoleDifference[] {
  const comparison = new Comparison(before, after);
  const tenants = union(before.tenantNames(), after.tenantNames());
  return [...comparison.forAll.values(), ...tenants.flatMap((tenant) => comparison.forTenant(tenant))];
}

class Comparison {
  readonly forAll: ReadonlyMap<string, RoleDifference>;
  /** Each with the permission that shows whether it is held. */
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

  /** The difference, where there is one. */
  private differenceOf(role: string, tenant?: string): readonly RoleDifference[] {
    const [was, is] = [this.before, this.after].map((snapshot) => snapshot.hasRole(role, tenant));
    const [had, has] = [this.before, this.after].map((snapshot) => snapshot.permissionsFor([role], tenant)) as [Held, Held];
    const gained: string[] = [];
    const lost: string[] = [];
    for (const [entry, shownBy] of this.entries) {
      const [then, now] = [had.covers(shownBy), has.covers(shownBy)];
      if (now && !then) gained.push(entry);
      if (then && !now) lost.push(entry);
    }
    const change = was === is ? 'changed' : is === true ? 'added' : 'removed';
    return change === 'changed' && gained.length + lost.length === 0 ? [] : [{ role, tenant, change, gained, lost }];
  }

  /** The roles of which a tenant has its own definition in either mapping, and all that inherit from them: the others are as for all. */
  private touchedBy(tenant: string): ReadonlySet<string> {
    const touched = new Set([...this.before.roleNames(tenant), ...this.after.roleNames(tenant)]);
    for (const snapshot of [this.before, this.after]) {
      const heirs = heirsIn(snapshot, tenant);
      // A Set is walked in order of insertion, what is added on the way included.
      for (const role of touched) for (const heir of heirs.get(role) ?? []) touched.add(heir);
    }
    return touched;
  }
}

type Held = ReturnType<MappingSnapshot['permissionsFor']>;

/** Role to those that inherit from it directly, as a tenant sees them. */
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

/** A role that changes for all, and not for this tenant. */
function unchanged(role: string, tenant: string): RoleDifference {
  return { role, tenant, change: 'changed', gained: [], lost: [] };
}

function sameChange(a: RoleDifference | undefined, b: RoleDifference | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.change === b.change && sameList(a.gained, b.gained) && sameList(a.lost, b.lost);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
