import type { ConditionalPermission } from '../../core/index.js';
import { permissionOf, type ParsedEntry } from '../document/parse-entries.js';
import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRole } from '../document/parse-roles.js';
import { digestOf } from './digest.js';
import { Numbers, Rules } from './numbers.js';

/** Lists of numbers, concatenated in one array: list `i` goes from `offsets[i]` to `offsets[i + 1]`. */
export interface NumberLists {
  readonly offsets: Uint32Array;
  readonly values: Uint32Array;
}

/** A grant or denial under a condition. */
interface CompiledRule extends ConditionalPermission {
  /** The condition in JSON: text reaches another thread many times faster than a tree, and a service needs few conditions at a time. */
  readonly tree: string;
}

/**
 * A checked document in compact, numeric form: plain values, and arrays that can be transferred to another thread without a copy.
 * Its size is linear in the size of the document, for any hierarchy.
 */
export interface CompiledMapping extends Pick<
  ParsedMapping,
  'issuer' | 'audience' | 'sequence' | 'issuedAt' | 'notAfter' | 'resources' | 'stepUps'
> {
  readonly revision: string;
  /** Equal for equal rules on every instance; independent of `revision` and the other metadata. */
  readonly digest: string;
  /** Every permission and pattern in the document. Grants and denials without a condition refer to them by number. */
  readonly entries: readonly string[];
  /** Every grant and denial under a condition, once for each permission and condition. Conditional grants and denials refer to them by number. */
  readonly conditions: readonly CompiledRule[];
  /** Permissions with their descriptions; `undefined` if the document does not list them. */
  readonly catalogue: readonly (readonly [permission: string, description: string])[] | undefined;
  /** Every role name, including those that only tenants have. */
  readonly roleNames: readonly string[];
  /** The common definition of each role, by role number; -1 if only tenants define the role. */
  readonly definitions: Int32Array;
  readonly tenantNames: readonly string[];
  /** For each tenant, alternately the numbers of a role and of its definition. */
  readonly tenants: NumberLists;
  /** The entries that each definition grants without a condition, by number; likewise `denials`. */
  readonly grants: NumberLists;
  readonly denials: NumberLists;
  /**
   * The grants of each definition under a condition; likewise `conditionalDenials`. Alternately the place of the grant in the definition's list of
   * permissions, and the number of its rule.
   */
  readonly conditionalGrants: NumberLists;
  readonly conditionalDenials: NumberLists;
  /** The parent roles of each definition, by number. */
  readonly parents: NumberLists;
  /** The descriptions of definitions, by number. */
  readonly descriptions: ReadonlyMap<number, string>;
}

/** Compiles a checked document. */
export function compileMapping(mapping: ParsedMapping): CompiledMapping {
  const { roles, permissions, tenants, issuer, audience, sequence, issuedAt, notAfter, resources, stepUps } = mapping;
  const compiler = new Compiler();
  for (const name of permissions?.keys() ?? []) compiler.entries.numberOf(name);
  const definitions = [...roles].map(([name, role]) => [compiler.roles.numberOf(name), compiler.define(role)] as const);
  const ofTenants = new Lists();
  for (const own of tenants.values())
    ofTenants.add([...own].flatMap(([name, role]) => [compiler.roles.numberOf(name), compiler.define(role)]));
  const digest = digestOf(mapping, {
    entries: compiler.entries.names(),
    roleNames: compiler.roles.names(),
    rules: compiler.rules,
  });
  return {
    revision: mapping.revision ?? digest,
    digest,
    issuer,
    audience,
    sequence,
    issuedAt,
    notAfter,
    resources,
    stepUps,
    entries: compiler.entries.names(),
    conditions: compiler.rules
      .all()
      .map(({ permission, when, condition }) => ({ permission, when, tree: JSON.stringify(condition) })),
    catalogue: permissions && [...permissions],
    roleNames: compiler.roles.names(),
    definitions: placed(definitions, compiler.roles.size),
    tenantNames: [...tenants.keys()],
    tenants: ofTenants.close(),
    ...compiler.close(),
  };
}

/** Returns the buffers of a compiled mapping that can be transferred to another thread without a copy. */
export function transferables(compiled: CompiledMapping): ArrayBuffer[] {
  const { tenants, grants, denials, conditionalGrants, conditionalDenials, parents } = compiled;
  const lists = [tenants, grants, denials, conditionalGrants, conditionalDenials, parents];
  const arrays = [compiled.definitions, ...lists.flatMap(({ offsets, values }) => [offsets, values])];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

class Compiler {
  readonly entries = new Numbers();
  readonly roles = new Numbers();
  readonly rules = new Rules();
  private readonly grants = new EntryLists(this.entries, this.rules);
  private readonly denials = new EntryLists(this.entries, this.rules);
  private readonly parents = new Lists();
  private readonly descriptions = new Map<number, string>();

  /** @returns The number of the definition. */
  define({ permissions, deny, inherits, description }: ParsedRole): number {
    const definition = this.grants.add(permissions);
    this.denials.add(deny);
    this.parents.add(inherits.map((name) => this.roles.numberOf(name)));
    if (description !== undefined) this.descriptions.set(definition, description);
    return definition;
  }

  close() {
    const [grants, denials] = [this.grants.close(), this.denials.close()];
    return {
      grants: grants.plain,
      denials: denials.plain,
      conditionalGrants: grants.conditional,
      conditionalDenials: denials.conditional,
      parents: this.parents.close(),
      descriptions: this.descriptions,
    };
  }
}

/** The grants or denials of all definitions. */
class EntryLists {
  private readonly plain = new Lists();
  private readonly conditional = new Lists();

  constructor(
    private readonly entries: Numbers,
    private readonly rules: Rules,
  ) {}

  /** @returns The number of the list. */
  add(list: readonly ParsedEntry[]): number {
    const plain: number[] = [];
    const conditional: number[] = [];
    // A loop without an iterator: a large document has hundreds of thousands of entries.
    for (let place = 0; place < list.length; place++) {
      const entry = list[place] ?? '';
      const number = this.entries.numberOf(permissionOf(entry));
      if (typeof entry === 'string') plain.push(number);
      else conditional.push(place, this.rules.numberOf(entry));
    }
    this.conditional.add(conditional);
    return this.plain.add(plain);
  }

  close() {
    return { plain: this.plain.close(), conditional: this.conditional.close() };
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

  /** Lists that are all empty take no memory. */
  close(): NumberLists {
    if (this.values.length === 0) return { offsets: new Uint32Array(0), values: new Uint32Array(0) };
    return { offsets: Uint32Array.from(this.offsets), values: Uint32Array.from(this.values) };
  }
}

function placed(pairs: readonly (readonly [place: number, value: number])[], size: number): Int32Array {
  const array = new Int32Array(size).fill(-1);
  for (const [place, value] of pairs) array[place] = value;
  return array;
}
