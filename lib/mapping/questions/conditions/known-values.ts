import {
  attributeText,
  type Attribute,
  type Literal,
  type Operand,
  type ScalarType,
  type StringTest,
} from '../../../core/index.js';
import { EQUAL, GREATER, SMALLER, type Constraint } from './constraint.interface.js';
import { LayeredMap } from './layered-map.js';
import { ValueRange } from './value-range.js';

/** What is known about all values that conditions read. */
export class KnownValues {
  private readonly presence: LayeredMap<boolean>;
  private readonly ranges: LayeredMap<ValueRange>;
  private readonly ways: LayeredMap<number>;
  private readonly results: LayeredMap<number>;
  /** Values with the types that they do not have. */
  private readonly unfit: LayeredMap<true>;

  /** @param outer What is known already. Must not change any more. */
  constructor(outer?: KnownValues) {
    this.presence = new LayeredMap(outer?.presence);
    this.ranges = new LayeredMap(outer?.ranges);
    this.ways = new LayeredMap(outer?.ways);
    this.results = new LayeredMap(outer?.results);
    this.unfit = new LayeredMap(outer?.unfit);
  }

  /** Adds a fact. Returns false if it contradicts those before. */
  add(constraint: Constraint): boolean {
    switch (constraint.kind) {
      case 'present':
        return this.setPresence(constraint.attribute, true);
      case 'missing':
        return this.setPresence(constraint.attribute, false);
      case 'unfit':
        return this.addUnfit(constraint.operand, constraint.type);
      case 'related':
        return this.relate(constraint.left, constraint.ways, constraint.right);
      case 'among':
        return this.narrow(constraint.operand, (range) => range.among(constraint.literals, constraint.isAmong));
      case 'string':
        return this.addStringTest(constraint);
      case 'result':
        return intersect(this.results, constraint.key, constraint.results);
    }
  }

  private setPresence(attribute: Attribute, isPresent: boolean): boolean {
    const key = keyOf(attribute);
    const known = this.presence.get(key) ?? (isNow(attribute) ? true : isPresent);
    this.presence.set(key, known);
    return known === isPresent;
  }

  private addUnfit(operand: Operand, type: ScalarType): boolean {
    if (operand.kind === 'literal') return operand.type !== type;
    // A declared attribute has its type, or is missing.
    if (isMissingIfUnfit(operand)) return this.setPresence(attributeOf(operand), false);
    this.unfit.set(`${keyOf(operand)} ${type}`, true);
    return this.ranges.get(keyOf(operand))?.type !== type;
  }

  private relate(left: Operand, ways: number, right: Operand): boolean {
    if (right.kind === 'literal') return this.narrow(left, (range) => range.related(ways, right));
    if (left.kind === 'literal') return this.relate(right, swapped(ways), left);
    const [a, b] = [keyOf(left), keyOf(right)];
    const isPossible =
      a === b ? (ways & EQUAL) !== 0 : intersect(this.ways, a < b ? `${a} ${b}` : `${b} ${a}`, a < b ? ways : swapped(ways));
    return isPossible && this.haveOneType(left, right);
  }

  /** Values of two types cannot be compared. */
  private haveOneType(left: Exclude<Operand, Literal>, right: Exclude<Operand, Literal>): boolean {
    if (!this.narrow(left, (range) => range) || !this.narrow(right, (range) => range)) return false;
    const [one, other] = [left, right].map((operand) => this.ranges.get(keyOf(operand))?.type);
    if (one !== undefined) return this.narrow(right, (range) => range.withType(one));
    return other === undefined || this.narrow(left, (range) => range.withType(other));
  }

  private addStringTest({ text, test, part, result }: Extract<Constraint, { readonly kind: 'string' }>): boolean {
    const isString = (range: ValueRange) => range.withType('string');
    if (text.kind !== 'literal' && part.kind === 'literal')
      return this.narrow(text, (range) =>
        isString(range)?.tested(({ value }) => TESTS[test](String(value), String(part.value)) === result),
      );
    return [text, part].every((operand) => operand.kind === 'literal' || this.narrow(operand, isString));
  }

  /** Narrows the range of a value, which is present. */
  private narrow(operand: Operand, by: (range: ValueRange) => ValueRange | undefined): boolean {
    if (operand.kind === 'literal') return true;
    if (!this.setPresence(attributeOf(operand), true)) return false;
    const key = keyOf(operand);
    const range = this.ranges.get(key) ?? startOf(operand);
    const narrowed = range && by(range);
    if (narrowed === undefined || this.unfit.get(`${key} ${narrowed.type ?? ''}`) === true) return false;
    this.ranges.set(key, narrowed);
    return true;
  }
}

function attributeOf(operand: Exclude<Operand, Literal>): Attribute {
  return operand.kind === 'size' ? operand.of : operand;
}

/** Whether a value can be unfit only if its attribute is missing. The size of a number is missing, too. */
function isMissingIfUnfit(operand: Exclude<Operand, Literal>): boolean {
  const { type } = attributeOf(operand);
  if (operand.kind === 'size') return type === 'string' || type?.endsWith('[]') === true;
  return type !== undefined || isNow(operand);
}

/** Returns the range of a value of which only the declared type is known; `undefined` for a list, which cannot be compared. */
function startOf(operand: Exclude<Operand, Literal>): ValueRange | undefined {
  if (operand.kind === 'size') return ValueRange.COUNT;
  if (isNow(operand)) return ValueRange.ANY.withType('timestamp');
  if (operand.type === undefined) return ValueRange.ANY;
  return operand.type.endsWith('[]') ? undefined : ValueRange.ANY.withType(operand.type as ScalarType);
}

/** Whether an attribute is `context.now`, which is always present. */
export function isNow({ root, path }: Attribute): boolean {
  return root === 'context' && path.length === 1 && path[0] === 'now';
}

/** By operand, which every question about its condition reads. */
const keys = new WeakMap<Operand, string>();

function keyOf(operand: Exclude<Operand, Literal>): string {
  let key = keys.get(operand);
  if (key === undefined) keys.set(operand, (key = newKeyOf(operand)));
  return key;
}

/** Includes the declared type: a value of another type is missing under one declaration, and present under another. */
function newKeyOf(operand: Exclude<Operand, Literal>): string {
  if (operand.kind === 'size') return `size ${keyOf(operand.of)}`;
  return `${attributeText(operand)} ${operand.type ?? ''}`;
}

/** Keeps the common bits. Returns false if there are none. */
function intersect(map: LayeredMap<number>, key: string, bits: number): boolean {
  const left = (map.get(key) ?? bits) & bits;
  map.set(key, left);
  return left !== 0;
}

function swapped(ways: number): number {
  return (ways & EQUAL) | ((ways & SMALLER) === 0 ? 0 : GREATER) | ((ways & GREATER) === 0 ? 0 : SMALLER);
}

const TESTS: Readonly<Record<StringTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};
