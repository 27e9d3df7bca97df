import { attributeReader, elementOf, scalarTypeOf, type ReadAttribute, type Variables } from '../conditions/attribute-value.js';
import { compileCondition } from '../conditions/compile-condition.js';
import type {
  Attribute,
  Comparator,
  Condition,
  Literal,
  LiteralList,
  Operand,
  ScalarType,
} from '../conditions/condition.interface.js';
import type { ConditionFacts } from '../conditions/condition-facts.interface.js';
import { sizeOf } from '../conditions/compare-values.js';
import { readsResource, type OfKind } from '../conditions/condition-parts.js';
import { conditionText } from '../conditions/condition-text.js';
import type { FilterAttribute, FilterOperand, FilterSize, FilterTest } from './filter.interface.js';

/** A test, or its result if it does not depend on the resource. */
export type BoundTest = FilterTest | boolean;

/** Most elements of a claim that one test takes. SQLite fails from about 1000 alternatives, PostgreSQL from 65 535 parameters. */
const MAX_ELEMENTS = 500;

/** Returns when a condition is true for a resource, with the principal and the context put in. */
export function whenTrue(condition: Condition, facts: ConditionFacts): BoundTest {
  return new Binding(facts).test(condition, true, undefined);
}

/** Returns when a condition is false, which is not the same as not true: it may be unknown. */
export function whenFalse(condition: Condition, facts: ConditionFacts): BoundTest {
  return new Binding(facts).test(condition, false, undefined);
}

/** Combines tests, and leaves out those that are decided. */
export function combine(kind: 'and' | 'or', parts: readonly BoundTest[]): BoundTest {
  const deciding = kind === 'or';
  const open: FilterTest[] = [];
  for (const part of parts) {
    if (part === deciding) return deciding;
    if (typeof part === 'boolean') continue;
    if (part.kind === kind) open.push(...part.parts);
    else open.push(part);
  }
  const distinct = withoutRepetitions(open);
  const [only] = distinct;
  if (only === undefined) return !deciding;
  return distinct.length === 1 ? only : { kind, parts: distinct };
}

/** Most tests that are compared with each other. */
const FEW = 8;

/** Leaves out repeated tests: several roles may grant the same, and a claim may have a value twice. */
function withoutRepetitions(tests: readonly FilterTest[]): readonly FilterTest[] {
  if (tests.length > FEW) return [...new Map(tests.map((test) => [JSON.stringify(test, inWords), test])).values()];
  return tests.filter((test, index) => tests.findIndex((other) => isSame(test, other)) === index);
}

/** JSON has no infinities: both would be null. */
function inWords(_: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}

/** Whether two plain values are equal. Faster than comparing JSON, since most tests differ in the first members. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]))
  );
}

const OPPOSITES: Readonly<Record<Comparator, Comparator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};
const SWAPPED: Readonly<Record<Comparator, Comparator>> = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** A side of a comparison: a literal, something of the resource, or nothing that can be compared. */
type Side = FilterOperand | undefined;

/** A condition without parts, over the resource. */
type Atom = OfKind<'boolean' | 'has' | 'compare' | 'string' | 'in'>;

class Binding {
  /** Elements that `exists` has been expanded for. */
  private expanded = 0;

  constructor(private readonly facts: ConditionFacts) {}

  /** Returns when the condition has the wanted result. Without negation: "a and b" is false when a is false or b is false. */
  test(condition: Condition, wanted: boolean, variables: Variables | undefined): BoundTest {
    switch (condition.kind) {
      case 'and':
      case 'or': {
        const kind = (condition.kind === 'and') === wanted ? 'and' : 'or';
        return combine(
          kind,
          condition.parts.map((part) => this.test(part, wanted, variables)),
        );
      }
      case 'not':
        return this.test(condition.part, !wanted, variables);
      case 'exists':
        return this.exists(condition, wanted, variables);
      case 'constant':
        return condition.value === wanted;
      default:
        return readsResource(condition) ? this.atom(condition, wanted, variables) : this.decided(condition, wanted, variables);
    }
  }

  private decided(condition: Condition, wanted: boolean, variables: Variables | undefined): boolean {
    return compileCondition(condition)(this.facts, variables) === wanted;
  }

  private atom(condition: Atom, wanted: boolean, variables: Variables | undefined): BoundTest {
    switch (condition.kind) {
      case 'boolean':
        return comparison('==', attributeOf(condition.attribute), { kind: 'literal', type: 'boolean', value: wanted });
      case 'has':
        return { kind: 'has', negated: !wanted, attribute: attributeOf(condition.attribute) };
      case 'compare':
        return this.comparison(condition, wanted, variables);
      case 'string':
        return this.stringTest(condition, wanted, variables);
      case 'in':
        return this.membership(condition, wanted, variables);
    }
  }

  private comparison(condition: OfKind<'compare'>, wanted: boolean, variables: Variables | undefined): BoundTest {
    if (isListSize(condition.left) || isListSize(condition.right)) return unsupported(condition);
    const comparator = wanted ? condition.comparator : OPPOSITES[condition.comparator];
    return comparison(comparator, this.side(condition.left, variables), this.side(condition.right, variables));
  }

  private stringTest(condition: OfKind<'string'>, wanted: boolean, variables: Variables | undefined): BoundTest {
    const [text, part] = [this.side(condition.text, variables), this.side(condition.part, variables)];
    if (!isText(text) || !isText(part)) return false;
    return { kind: 'string', test: condition.test, negated: !wanted, text, part };
  }

  private membership(condition: OfKind<'in'>, wanted: boolean, variables: Variables | undefined): BoundTest {
    const { list } = condition;
    if ((list.kind === 'attribute' && list.root === 'resource') || isListSize(condition.item)) return unsupported(condition);
    const item = this.side(condition.item, variables);
    const values = this.elements(list, variables);
    if (item === undefined || values === undefined) return false;
    if (values.length > MAX_ELEMENTS) return tooMany(list, values.length);
    const source = list.kind === 'attribute' ? sourceOf(list) : 'the list';
    return combine(wanted ? 'or' : 'and', this.ofTypes(item as FilterAttribute | FilterSize, values, wanted, source));
  }

  /** One test for each type of the values: a value of another type than the item is unknown, so "none of them" is unknown as well. */
  private ofTypes(
    item: FilterAttribute | FilterSize,
    values: readonly unknown[],
    wanted: boolean,
    source: string,
  ): readonly BoundTest[] {
    const literals = values.map(literalOf);
    const known = literals.filter((literal) => literal !== undefined);
    const types = new Set(known.map(({ type }) => type));
    if (!wanted && (known.length < literals.length || types.size > 1)) return [false];
    if (values.length === 0) return wanted ? [] : [present(item)];
    return [...types].map((type) => {
      if (!mayBe(item, type)) return false;
      return { kind: 'in', negated: !wanted, item, values: known.filter((literal) => literal.type === type), source };
    });
  }

  private exists(condition: OfKind<'exists'>, wanted: boolean, outer: Variables | undefined): BoundTest {
    const { list, body, variable: name } = condition;
    if (list.kind === 'attribute' && list.root === 'resource') return unsupported(condition);
    const values = this.elements(list, outer);
    if (values === undefined) return false;
    this.expanded += values.length;
    if (this.expanded > MAX_ELEMENTS && readsResource(body)) return tooMany(list, values.length);
    return combine(
      wanted ? 'or' : 'and',
      values.map((value) => this.test(body, wanted, { name, value, outer })),
    );
  }

  /** Returns the elements of a list that is not of the resource; `undefined` if it is missing. */
  private elements(list: Attribute | LiteralList, variables: Variables | undefined): readonly unknown[] | undefined {
    if (list.kind === 'list') return list.items.map(({ type, value }) => (type === 'timestamp' ? new Date(value) : value));
    const found = attributeReader(list)(this.facts, variables);
    return Array.isArray(found) ? found.map(elementOf) : undefined;
  }

  private side(operand: Operand, variables: Variables | undefined): Side {
    if (operand.kind === 'literal') return operand;
    if (operand.kind === 'attribute' && operand.root === 'resource') return attributeOf(operand);
    if (operand.kind === 'size' && operand.of.root === 'resource') return { kind: 'size', of: attributeOf(operand.of) };
    return literalOf(readOperand(operand)(this.facts, variables));
  }
}

function readOperand(operand: Exclude<Operand, Literal>): ReadAttribute {
  if (operand.kind === 'attribute') return attributeReader(operand);
  const read = attributeReader(operand.of);
  return (facts, variables) => sizeOf(read(facts, variables));
}

/** Returns a comparison with the attribute on the left. False if it can never be decided: a missing side, or types that differ. */
function comparison(comparator: Comparator, left: Side, right: Side): BoundTest {
  if (left === undefined || right === undefined || !areComparable(comparator, typeOf(left), typeOf(right))) return false;
  return left.kind === 'literal'
    ? { kind: 'compare', comparator: SWAPPED[comparator], left: right, right: left }
    : { kind: 'compare', comparator, left, right };
}

/** Whether values of the types can be compared. A type that is not known may be any. */
function areComparable(comparator: Comparator, left: string | undefined, right: string | undefined): boolean {
  const isOrder = comparator !== '==' && comparator !== '!=';
  if (isOrder && (left === 'boolean' || right === 'boolean')) return false;
  return left === undefined || right === undefined || left === right;
}

function typeOf(operand: FilterOperand): string | undefined {
  return operand.kind === 'size' ? 'number' : operand.type;
}

function mayBe(item: FilterOperand, type: ScalarType): boolean {
  const known = typeOf(item);
  return known === undefined || known === type;
}

/** A test that an operand is present. A size is, unless the attribute is missing or no string. */
function present(item: FilterAttribute | FilterSize): FilterTest {
  if (item.kind === 'attribute') return { kind: 'has', negated: false, attribute: item };
  return { kind: 'compare', comparator: '>=', left: item, right: { kind: 'literal', type: 'number', value: 0 } };
}

function isText(side: Side): side is Extract<FilterTest, { readonly kind: 'string' }>['text'] {
  return side !== undefined && side.kind !== 'size' && mayBe(side, 'string');
}

function attributeOf({ path, type }: Attribute): FilterAttribute {
  return { kind: 'attribute', path, type };
}

function literalOf(value: unknown): Literal | undefined {
  const type = scalarTypeOf(value);
  if (type === undefined) return undefined;
  return { kind: 'literal', type, value: value instanceof Date ? value.getTime() : value } as Literal;
}

function isListSize(operand: Operand): boolean {
  return operand.kind === 'size' && operand.of.root === 'resource' && operand.of.type?.endsWith('[]') === true;
}

function unsupported(condition: Condition): FilterTest {
  return { kind: 'unsupported', problem: `${conditionText(condition)}: a filter cannot test a list of the resource` };
}

function tooMany(list: Attribute | LiteralList, length: number): FilterTest {
  const source = list.kind === 'attribute' ? sourceOf(list) : 'a list';
  return { kind: 'unsupported', problem: `${source} has ${length} elements; a filter accepts ${MAX_ELEMENTS} at most` };
}

function sourceOf(list: Attribute): string {
  return conditionText({ kind: 'boolean', attribute: list });
}

/** Returns why a test cannot be expressed; `undefined` if it can. */
export function unsupportedIn(test: FilterTest): string | undefined {
  if (test.kind === 'unsupported') return test.problem;
  if (test.kind !== 'and' && test.kind !== 'or') return undefined;
  return test.parts.map(unsupportedIn).find((problem) => problem !== undefined);
}
