import { createHash } from 'node:crypto';
import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole, ParsedRoles } from '../document/parse-roles.js';

/** Lists of numbers, concatenated in one array: list `i` goes from `offsets[i]` to `offsets[i + 1]`. */
export interface NumberLists {
  readonly offsets: Uint32Array;
  readonly values: Uint32Array;
}

/**
 * A checked document in compact, numeric form: plain values, and arrays that can be transferred to another thread without a copy.
 * Its size is linear in the size of the document, for any hierarchy.
 */
export interface CompiledMapping extends Pick<ParsedMapping, 'issuer' | 'audience' | 'sequence' | 'issuedAt' | 'notAfter'> {
  readonly revision: string;
  /** Equal for equal rules on every instance; independent of `revision` and the other metadata. */
  readonly digest: string;
  /** Every permission and pattern in the document. Grants and denials refer to them by number. */
  readonly entries: readonly string[];
  /** Permissions with their descriptions; `undefined` if the document does not list them. */
  readonly catalogue: readonly (readonly [permission: string, description: string])[] | undefined;
  /** Every role name, including those that only tenants have. */
  readonly roleNames: readonly string[];
  /** The common definition of each role, by role number; -1 if only tenants define the role. */
  readonly definitions: Int32Array;
  readonly tenantNames: readonly string[];
  /** For each tenant, alternately the numbers of a role and of its definition. */
  readonly tenants: NumberLists;
  /** The granted entries of each definition, by number; likewise `denials`. */
  readonly grants: NumberLists;
  readonly denials: NumberLists;
  /** The parent roles of each definition, by number. */
  readonly parents: NumberLists;
  /** The descriptions of definitions, by number. */
  readonly descriptions: ReadonlyMap<number, string>;
}

/** Compiles a checked document. */
export function compileMapping(mapping: ParsedMapping): CompiledMapping {
  const { roles, permissions, tenants, issuer, audience, sequence, issuedAt, notAfter } = mapping;
  const compiler = new Compiler();
  for (const name of permissions?.keys() ?? []) compiler.entries.numberOf(name);
  const definitions = [...roles].map(([name, role]) => [compiler.roles.numberOf(name), compiler.define(role)] as const);
  const ofTenants = new Lists();
  for (const own of tenants.values())
    ofTenants.add([...own].flatMap(([name, role]) => [compiler.roles.numberOf(name), compiler.define(role)]));
  const digest = digestOf(mapping, compiler.entries.names(), compiler.roles.names());
  return {
    revision: mapping.revision ?? digest,
    digest,
    issuer,
    audience,
    sequence,
    issuedAt,
    notAfter,
    entries: compiler.entries.names(),
    catalogue: permissions && [...permissions],
    roleNames: compiler.roles.names(),
    definitions: placed(definitions, compiler.roles.size),
    tenantNames: [...tenants.keys()],
    tenants: ofTenants.close(),
    ...compiler.close(),
  };
}

/** Returns the buffers of a compiled mapping that can be transferred to another thread without a copy. */
export function transferables({ definitions, tenants, grants, denials, parents }: CompiledMapping): ArrayBuffer[] {
  const arrays = [definitions, ...[tenants, grants, denials, parents].flatMap(({ offsets, values }) => [offsets, values])];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

class Compiler {
  readonly entries = new Numbers();
  readonly roles = new Numbers();
  private readonly grants = new Lists();
  private readonly denials = new Lists();
  private readonly parents = new Lists();
  private readonly descriptions = new Map<number, string>();

  /** @returns The number of the definition. */
  define({ permissions, deny, inherits, description }: ParsedRole): number {
    const definition = this.grants.add(permissions.map((entry) => this.entries.numberOf(entry)));
    this.denials.add(deny.map((entry) => this.entries.numberOf(entry)));
    this.parents.add(inherits.map((name) => this.roles.numberOf(name)));
    if (description !== undefined) this.descriptions.set(definition, description);
    return definition;
  }

  close() {
    const { grants, denials, parents, descriptions } = this;
    return { grants: grants.close(), denials: denials.close(), parents: parents.close(), descriptions };
  }
}

/** Numbers names in the order of their first use. */
class Numbers {
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.numbers.size;
  }

  numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) this.numbers.set(name, (number = this.numbers.size));
    return number;
  }

  names(): readonly string[] {
    return [...this.numbers.keys()];
  }
}

class Lists {
  private readonly offsets = [0];
  private readonly values: number[] = [];

  /** @returns The number of the list. */
  add(list: readonly number[]): number {
    for (const value of list) this.values.push(value);
    return this.offsets.push(this.values.length) - 2;
  }

  close(): NumberLists {
    return { offsets: Uint32Array.from(this.offsets), values: Uint32Array.from(this.values) };
  }
}

function placed(pairs: readonly (readonly [place: number, value: number])[], size: number): Int32Array {
  const array = new Int32Array(size).fill(-1);
  for (const [place, value] of pairs) array[place] = value;
  return array;
}

/** Computes a digest that depends neither on the order of roles and tenants nor on descriptions. Hashes each name once, then numbers. */
function digestOf(
  { roles, permissions, tenants }: ParsedMapping,
  entries: readonly string[],
  roleNames: readonly string[],
): string {
  const [entryRanks, roleRanks] = [ranks(entries), ranks(roleNames)];
  const rules: number[] = [];
  const addList = (names: readonly string[], ranked: ReadonlyMap<string, number>) => {
    rules.push(names.length);
    for (const name of names) rules.push(ranked.get(name) ?? -1);
  };
  const addRoles = (own: ParsedRoles) => {
    rules.push(own.size);
    for (const [name, { permissions: granted, deny, inherits }] of sorted(own)) {
      rules.push(roleRanks.get(name) ?? -1);
      addList(granted, entryRanks);
      addList(deny, entryRanks);
      addList(inherits, roleRanks);
    }
  };
  addRoles(roles);
  for (const [, own] of sorted(tenants)) addRoles(own);
  const names = [
    ...[entryRanks, roleRanks, new Map(sorted(tenants))].map((map) => [...map.keys()]),
    permissions && [...permissions.keys()].sort(),
  ];
  return createHash('sha256').update(JSON.stringify(names)).update(Int32Array.from(rules)).digest('hex').slice(0, 12);
}

/** Returns the rank of each name in sorted order. */
function ranks(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...names].sort().map((name, rank) => [name, rank]));
}

function sorted<Value>(entries: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
