import { BoundedMap, PatternMatcher, PermissionSet, PermissionTable, type PermissionPattern } from '../../core/index.js';
import type { CompiledMapping, NumberLists } from './compile-mapping.js';

/** Most role sets kept resolved. The oldest goes first; a set met again is resolved again. */
const MAX_ROLE_SETS = 1000;

/** A role as the mapping has it. */
export interface MappedRole {
  readonly permissions: readonly PermissionPattern[];
  readonly deny: readonly PermissionPattern[];
  readonly inherits: readonly string[];
  readonly description: string | undefined;
}

/** What one tenant has instead of, and beside, the definitions for all: role to definition. */
interface Tenant {
  /** Names the tenant in the key of a role set. */
  readonly key: string;
  readonly definitions: ReadonlyMap<number, number>;
}

/** One immutable state of the mapping. What a set of roles gives is worked out once, by walking to their parents. */
export class MappingSnapshot {
  private readonly table: PermissionTable;
  private readonly roles: ReadonlyMap<string, number>;
  private readonly tenants: ReadonlyMap<string, Tenant>;
  /** How often a role was asked for that it does not have. */
  unknownRoles = 0;
  private anyGrant: PatternMatcher | undefined;
  private readonly resolved = new BoundedMap<string, PermissionSet>(MAX_ROLE_SETS);

  constructor(readonly compiled: CompiledMapping) {
    this.table = new PermissionTable(compiled.entries);
    this.roles = new Map(compiled.roleNames.map((name, number) => [name, number]));
    this.tenants = new Map(compiled.tenantNames.map((name, number) => [name, tenantOf(compiled.tenants, number)]));
  }

  get revision(): string {
    return this.compiled.revision;
  }

  /** Equal for equal content on every instance, whatever revision the document names. */
  get digest(): string {
    return this.compiled.digest;
  }

  /**
   * The permissions that the roles give together. A role the mapping does not know gives none.
   * @param tenant Whose roles count before those for all; one that the mapping does not know has none of its own.
   */
  permissionsFor(roles: readonly string[], tenant?: string): PermissionSet {
    const own = tenant === undefined ? undefined : this.tenants.get(tenant);
    let key = own?.key ?? '';
    for (const name of roles) {
      const role = this.roles.get(name);
      if (role === undefined) this.unknownRoles++;
      else key += characters(role);
    }
    return this.resolved.get(key) ?? this.resolve(key, roles, own);
  }

  /** Whether any role at all grants the permission. */
  grantsToAnyone(permission: string): boolean {
    this.anyGrant ??= new PatternMatcher(this.patterns()); // asked at start only: a swap need not wait for it
    return this.anyGrant.matches(permission);
  }

  /** Every permission and pattern that some role grants. */
  patterns(): readonly string[] {
    const { entries, grants } = this.compiled;
    const isGranted = new Uint8Array(entries.length); // a Set of millions of grants would hold up requests
    for (const entry of grants.values) isGranted[entry] = 1;
    return entries.filter((_, entry) => isGranted[entry] === 1);
  }

  /** The names of all tenants that have roles of their own. */
  tenantNames(): readonly string[] {
    return this.compiled.tenantNames;
  }

  /** The names of the roles for all; with a tenant, of those that it has of its own. */
  roleNames(tenant?: string): readonly string[] {
    const { roleNames, definitions } = this.compiled;
    if (tenant === undefined) return roleNames.filter((_, role) => (definitions[role] ?? -1) >= 0);
    return namesOf(roleNames, this.tenants.get(tenant)?.definitions.keys() ?? []);
  }

  /** Whether there is a role of this name for a tenant: its own, or one for all. Costs no more than two look-ups. */
  hasRole(name: string, tenant?: string): boolean {
    const number = this.roles.get(name);
    return number !== undefined && this.definitionOf(number, tenant === undefined ? undefined : this.tenants.get(tenant)) >= 0;
  }

  /** A role as a tenant sees it: its own, else the one for all; `undefined` if there is none of this name. */
  role(name: string, tenant?: string): MappedRole | undefined {
    const number = this.roles.get(name);
    const own = tenant === undefined ? undefined : this.tenants.get(tenant);
    const definition = number === undefined ? -1 : this.definitionOf(number, own);
    if (definition < 0) return undefined;
    const { grants, denials, parents, roleNames, descriptions } = this.compiled;
    return {
      permissions: this.texts(listOf(grants, definition)),
      deny: this.texts(listOf(denials, definition)),
      inherits: namesOf(roleNames, listOf(parents, definition)),
      description: descriptions.get(definition),
    };
  }

  private resolve(key: string, roles: readonly string[], tenant: Tenant | undefined): PermissionSet {
    const granted = new Set<number>();
    const denied = new Set<number>();
    // A Set is walked in order of insertion, what is added on the way included.
    const family = new Set(roles.flatMap((name) => this.roles.get(name) ?? []));
    for (const role of family) {
      const definition = this.definitionOf(role, tenant);
      if (definition < 0) continue;
      const { grants, denials, parents } = this.compiled;
      for (const entry of listOf(grants, definition)) granted.add(entry);
      for (const entry of listOf(denials, definition)) denied.add(entry);
      for (const parent of listOf(parents, definition)) family.add(parent);
    }
    const set = new PermissionSet(this.texts(granted), this.texts(denied), this.revision, this.table);
    this.resolved.set(key, set);
    return set;
  }

  private definitionOf(role: number, tenant: Tenant | undefined): number {
    return tenant?.definitions.get(role) ?? this.compiled.definitions[role] ?? -1;
  }

  private texts(entries: Iterable<number>): string[] {
    return namesOf(this.compiled.entries, entries);
  }
}

function tenantOf(tenants: NumberLists, number: number): Tenant {
  const pairs = listOf(tenants, number);
  const definitions = new Map<number, number>();
  for (let index = 0; index < pairs.length; index += 2) definitions.set(pairs[index] ?? -1, pairs[index + 1] ?? -1);
  // A third character, so that no key of a tenant is one of none: those have two for each role.
  return { key: `t${characters(number)}`, definitions };
}

function namesOf(names: readonly string[], numbers: Iterable<number>): string[] {
  return Array.from(numbers, (number) => names[number] ?? '');
}

function listOf({ offsets, values }: NumberLists, number: number): Uint32Array {
  return values.subarray(offsets[number], offsets[number + 1]);
}

/** A number in two characters. */
function characters(number: number): string {
  return String.fromCharCode(number & 0xffff, number >>> 16);
}
