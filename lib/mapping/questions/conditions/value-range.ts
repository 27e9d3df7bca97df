import { compareLiterals } from './compare-literals.js';
import { EQUAL, GREATER, SMALLER } from './constraint.interface.js';
import type { Literal, ScalarType } from '../../../core/index.js';

/** End of a range. */
interface Bound {
  readonly literal: Literal;
  /** Whether the end itself is in the range. */
  readonly isIncluded: boolean;
}

type Test = (literal: Literal) => boolean;

/** What is known about one value that is present. Immutable. Each method returns `undefined` if no value is left. */
export class ValueRange {
  private constructor(
    readonly type: ScalarType | undefined,
    /** The only possible values; `undefined`: any. */
    private readonly candidates: readonly Literal[] | undefined,
    private readonly low: Bound | undefined,
    private readonly high: Bound | undefined,
    private readonly tests: readonly Test[],
  ) {}

  static readonly ANY = new ValueRange(undefined, undefined, undefined, undefined, []);
  static readonly COUNT = new ValueRange(
    'number',
    undefined,
    { literal: { kind: 'literal', type: 'number', value: 0 }, isIncluded: true },
    undefined,
    [],
  );

  withType(type: ScalarType): ValueRange | undefined {
    if (this.type !== undefined) return this.type === type ? this : undefined;
    const candidates = type === 'boolean' ? BOOLEANS : this.candidates;
    return new ValueRange(type, candidates, this.low, this.high, this.tests).checked();
  }

  /** Keeps the values that lie to the literal in one of the ways. */
  related(ways: number, literal: Literal): ValueRange | undefined {
    const typed = this.withType(literal.type);
    if (typed === undefined || ways === 0) return undefined;
    if (ways === EQUAL) return typed.among([literal], true);
    const low = (ways & SMALLER) === 0 ? higher(typed.low, { literal, isIncluded: (ways & EQUAL) !== 0 }) : typed.low;
    const high = (ways & GREATER) === 0 ? lower(typed.high, { literal, isIncluded: (ways & EQUAL) !== 0 }) : typed.high;
    const differs = (ways & EQUAL) === 0 ? [(one: Literal) => compareLiterals(one, literal) !== 0] : [];
    return new ValueRange(typed.type, typed.candidates, low, high, [...typed.tests, ...differs]).checked();
  }

  /** @param literals Of one type. */
  among(literals: readonly Literal[], isAmong: boolean): ValueRange | undefined {
    const [first] = literals;
    if (first === undefined) return isAmong ? undefined : this;
    const typed = this.withType(first.type);
    if (typed === undefined) return undefined;
    const isListed = (one: Literal) => literals.some((other) => compareLiterals(one, other) === 0);
    if (!isAmong) return typed.tested((one) => !isListed(one));
    const candidates = typed.candidates === undefined ? literals : typed.candidates.filter(isListed);
    return new ValueRange(typed.type, candidates, typed.low, typed.high, typed.tests).checked();
  }

  /** Keeps the values that pass a test. */
  tested(test: Test): ValueRange | undefined {
    return new ValueRange(this.type, this.candidates, this.low, this.high, [...this.tests, test]).checked();
  }

  private checked(): ValueRange | undefined {
    const { low, high, tests } = this;
    const possible = this.candidates ?? onlyValue(low, high);
    if (possible === undefined) return isEmpty(low, high) ? undefined : this;
    const left = possible.filter((one) => isWithin(one, low, high) && tests.every((test) => test(one)));
    return left.length === 0 ? undefined : new ValueRange(this.type, left, low, high, tests);
  }
}

const BOOLEANS: readonly Literal[] = [
  { kind: 'literal', type: 'boolean', value: false },
  { kind: 'literal', type: 'boolean', value: true },
];

function isWithin(literal: Literal, low: Bound | undefined, high: Bound | undefined): boolean {
  const isAllowed = (order: number, bound: Bound) => order > 0 || (order === 0 && bound.isIncluded);
  return (
    (low === undefined || isAllowed(compareLiterals(literal, low.literal), low)) &&
    (high === undefined || isAllowed(compareLiterals(high.literal, literal), high))
  );
}

function isEmpty(low: Bound | undefined, high: Bound | undefined): boolean {
  return low !== undefined && high !== undefined && compareLiterals(low.literal, high.literal) > 0;
}

/** Returns the value at both ends of the range; `undefined` if the range has other values. */
function onlyValue(low: Bound | undefined, high: Bound | undefined): readonly Literal[] | undefined {
  return low !== undefined && high !== undefined && compareLiterals(low.literal, high.literal) === 0 ? [low.literal] : undefined;
}

function higher(before: Bound | undefined, bound: Bound): Bound {
  if (before === undefined) return bound;
  const order = compareLiterals(before.literal, bound.literal);
  return order > 0 || (order === 0 && !before.isIncluded) ? before : bound;
}

function lower(before: Bound | undefined, bound: Bound): Bound {
  if (before === undefined) return bound;
  const order = compareLiterals(before.literal, bound.literal);
  return order < 0 || (order === 0 && !before.isIncluded) ? before : bound;
}
