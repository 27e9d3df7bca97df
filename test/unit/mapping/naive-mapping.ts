/** A role in any form that a document allows. */
export type NaiveRole =
  | readonly string[]
  | { readonly permissions?: readonly string[]; readonly deny?: readonly string[]; readonly inherits?: readonly string[] };
export type NaiveRoles = ReadonlyMap<string, NaiveRole>;

/**
 * A naive evaluation of a mapping, without code of the library: resolves every set of roles anew by recursion, and compares every pattern segment
 * by segment.
 */
export class NaiveMapping {
  constructor(
    private readonly roles: NaiveRoles,
    private readonly tenants: ReadonlyMap<string, NaiveRoles>,
  ) {}

  covers(held: readonly string[], tenant: string | undefined, permission: string): boolean {
    const all = held.flatMap((role) => this.family(role, tenant));
    const grants = all.flatMap((role) => (isList(role) ? role : (role.permissions ?? [])));
    const denials = all.flatMap((role) => (isList(role) ? [] : (role.deny ?? [])));
    return grants.some((entry) => fits(entry, permission)) && !denials.some((entry) => fits(entry, permission));
  }

  private family(name: string, tenant: string | undefined): NaiveRole[] {
    const own = tenant === undefined ? undefined : this.tenants.get(tenant);
    const role = own?.get(name) ?? this.roles.get(name);
    if (role === undefined) return [];
    return [role, ...(isList(role) ? [] : (role.inherits ?? [])).flatMap((parent) => this.family(parent, tenant))];
  }
}

function isList(role: NaiveRole): role is readonly string[] {
  return Array.isArray(role);
}

function fits(pattern: string, permission: string): boolean {
  const [wanted, asked] = [pattern.split(':'), permission.split(':')];
  if (asked.includes('*')) return false;
  return wanted.every((segment, index) => {
    const isLast = index === wanted.length - 1;
    if (isLast && segment === '*') return asked.length > index;
    if (isLast && asked.length !== wanted.length) return false;
    return index < asked.length && (segment === '*' || segment === asked[index]);
  });
}
