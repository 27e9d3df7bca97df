import {
  BoundedMap,
  PatternMatcher,
  PermissionSet,
  PermissionTable,
  type Condition,
  type ConditionalRule,
  type PermissionPattern,
} from '../../core/index.js';
import type { CompiledMapping, NumberLists } from './compile-mapping.js';

/** Most resolved sets of roles that are cached. The oldest is evicted first. */
const MAX_ROLE_SETS = 1000;

/** A role of the mapping. */
export interface MappedRole {
  readonly permissions: readonly (PermissionPattern | ConditionalRule)[];
  readonly deny: readonly (PermissionPattern | ConditionalRule)[];
  readonly inherits: readonly string[];
  readonly description: string | undefined;
}

/** A tenant's own definitions, which replace or extend the common ones. */
interface Tenant {
  /** Prefix of the cache keys of this tenant. */
  readonly key: string;
  /** Number of a role to number of a definition. */
  readonly definitions: ReadonlyMap<number, number>;
}

/** One immutable state of the mapping. The permissions of a set of roles are resolved once and cached. */
export class MappingSnapshot {
  private readonly table: PermissionTable;
  private readonly roles: ReadonlyMap<string, number>;
  private readonly tenants: ReadonlyMap<string, Tenant>;
  /** The conditional rules that were needed so far, by number. Each is one object, so its condition is compiled once. */
  private readonly rules = new Map<number, ConditionalRule>();
  /** Number of lookups of unknown roles. */
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

  /** Equal for equal rules on every instance, independent of the revision. */
  get digest(): string {
    return this.compiled.digest;
  }

  /**
   * Returns the permissions that the roles give together. An unknown role gives none.
   * @param tenant Tenant whose own roles replace the common ones. An unknown tenant has no own roles.
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

  /** Whether any role grants the permission, perhaps under a condition. */
  grantsToAnyone(permission: string): boolean {
    this.anyGrant ??= new PatternMatcher(this.patterns()); // built on demand: used at start only
    return this.anyGrant.matches(permission);
  }

  /** Returns every permission and pattern that at least one role grants, perhaps under a condition. */
  patterns(): readonly string[] {
    const { entries, grants, conditions, conditionalGrants } = this.compiled;
    const isGranted = new Uint8Array(entries.length); // a Set of millions of grants would hold up requests
    for (const entry of grants.values) isGranted[entry] = 1;
    const conditional = new Set(rulesOf(conditionalGrants.values).map((rule) => conditions[rule]?.permission));
    return entries.filter((name, entry) => isGranted[entry] === 1 || conditional.has(name));
  }

  /** Returns the grants under a condition of all roles, each once. */
  conditionalGrants(): readonly ConditionalRule[] {
    return this.rulesFor(new Set(rulesOf(this.compiled.conditionalGrants.values)));
  }

  /** Returns the names of all tenants that have own roles. */
  tenantNames(): readonly string[] {
    return this.compiled.tenantNames;
  }

  /** Returns the names of the common roles; with a tenant, those of its own roles. */
  roleNames(tenant?: string): readonly string[] {
    const { roleNames, definitions } = this.compiled;
    if (tenant === undefined) return roleNames.filter((_, role) => (definitions[role] ?? -1) >= 0);
    return namesOf(roleNames, this.tenants.get(tenant)?.definitions.keys() ?? []);
  }

  /** Whether a role of this name exists: a common one, or one of the tenant's own. Costs at most two look-ups. */
  hasRole(name: string, tenant?: string): boolean {
    const number = this.roles.get(name);
    return number !== undefined && this.definitionOf(number, tenant === undefined ? undefined : this.tenants.get(tenant)) >= 0;
  }

  /** Returns a role as a tenant has it: its own definition, else the common one; `undefined` if the role does not exist. */
  role(name: string, tenant?: string): MappedRole | undefined {
    const number = this.roles.get(name);
    const own = tenant === undefined ? undefined : this.tenants.get(tenant);
    const definition = number === undefined ? -1 : this.definitionOf(number, own);
    if (definition < 0) return undefined;
    const { grants, denials, conditionalGrants, conditionalDenials, parents, roleNames, descriptions } = this.compiled;
    return {
      permissions: this.listFor(listOf(grants, definition), listOf(conditionalGrants, definition)),
      deny: this.listFor(listOf(denials, definition), listOf(conditionalDenials, definition)),
      inherits: namesOf(roleNames, listOf(parents, definition)),
      description: descriptions.get(definition),
    };
  }

  private resolve(key: string, roles: readonly string[], tenant: Tenant | undefined): PermissionSet {
    const granted = new Set<number>();
    const denied = new Set<number>();
    const conditionalGrants = new Set<number>();
    const conditionalDenials = new Set<number>();
    // Iterating over a Set also visits members that are added meanwhile.
    const family = new Set(roles.flatMap((name) => this.roles.get(name) ?? []));
    for (const role of family) {
      const definition = this.definitionOf(role, tenant);
      if (definition < 0) continue;
      const { compiled } = this;
      for (const entry of listOf(compiled.grants, definition)) granted.add(entry);
      for (const entry of listOf(compiled.denials, definition)) denied.add(entry);
      for (const rule of rulesOf(listOf(compiled.conditionalGrants, definition))) conditionalGrants.add(rule);
      for (const rule of rulesOf(listOf(compiled.conditionalDenials, definition))) conditionalDenials.add(rule);
      for (const parent of listOf(compiled.parents, definition)) family.add(parent);
    }
    const { stepUps } = this.compiled;
    const set = new PermissionSet(this.entriesOf(granted), this.entriesOf(denied), this.revision, {
      table: this.table,
      conditionalGrants: this.rulesFor(conditionalGrants),
      conditionalDenials: this.rulesFor(conditionalDenials),
      stepUps: stepUps.size === 0 ? undefined : stepUps,
    });
    this.resolved.set(key, set);
    return set;
  }

  private definitionOf(role: number, tenant: Tenant | undefined): number {
    return tenant?.definitions.get(role) ?? this.compiled.definitions[role] ?? -1;
  }

  private entriesOf(entries: Iterable<number>): string[] {
    return namesOf(this.compiled.entries, entries);
  }

  private rulesFor(rules: Iterable<number>): readonly ConditionalRule[] {
    return Array.from(rules).flatMap((number) => this.ruleAt(number) ?? []);
  }

  private ruleAt(number: number): ConditionalRule | undefined {
    const known = this.rules.get(number);
    const compiled = this.compiled.conditions[number];
    if (known !== undefined || compiled === undefined) return known;
    const { permission, when, tree } = compiled;
    const rule: ConditionalRule = { permission, when, condition: JSON.parse(tree) as Condition };
    this.rules.set(number, rule);
    return rule;
  }

  /** Returns the grants or denials of a definition in the order of the document. */
  private listFor(plain: Iterable<number>, conditional: Uint32Array): readonly (string | ConditionalRule)[] {
    const list: (string | ConditionalRule)[] = this.entriesOf(plain);
    const rules = this.rulesFor(rulesOf(conditional));
    // In ascending order, so that each place is that in the whole list.
    rules.forEach((rule, index) => list.splice(conditional[2 * index] ?? 0, 0, rule));
    return list;
  }
}

function tenantOf(tenants: NumberLists, number: number): Tenant {
  const pairs = listOf(tenants, number);
  const definitions = new Map<number, number>();
  for (let index = 0; index < pairs.length; index += 2) definitions.set(pairs[index] ?? -1, pairs[index + 1] ?? -1);
  // Three characters, so that it differs from keys without a tenant: those have two characters for each role.
  return { key: `t${characters(number)}`, definitions };
}

function namesOf(names: readonly string[], numbers: Iterable<number>): string[] {
  return Array.from(numbers, (number) => names[number] ?? '');
}

function listOf({ offsets, values }: NumberLists, number: number): Uint32Array {
  return values.subarray(offsets[number], offsets[number + 1]);
}

/** Returns the numbers of the rules in pairs of place and rule. */
function rulesOf(pairs: Uint32Array): readonly number[] {
  return Array.from({ length: pairs.length / 2 }, (_, index) => pairs[2 * index + 1] ?? -1);
}

/** Encodes a number in two characters. */
function characters(number: number): string {
  return String.fromCharCode(number & 0xffff, number >>> 16);
}
