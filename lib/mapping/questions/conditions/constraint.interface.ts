import type { Attribute, Literal, Operand, ScalarType, StringTest } from '../../../core/index.js';

/** How the left value of a comparison lies to the right one. One bit each: a set of them is a number. */
export const SMALLER = 1;
export const EQUAL = 2;
export const GREATER = 4;

/** A fact about the values that a condition reads. */
export type Constraint =
  | { readonly kind: 'present' | 'missing'; readonly attribute: Attribute }
  /** The value is missing or of another type. */
  | { readonly kind: 'unfit'; readonly operand: Operand; readonly type: ScalarType }
  /** Both values are present and comparable, and lie to each other in one of the ways. */
  | { readonly kind: 'related'; readonly left: Operand; readonly ways: number; readonly right: Operand }
  /** The value is present and one of the literals, or none of them. The literals are of one type. */
  | { readonly kind: 'among'; readonly operand: Operand; readonly isAmong: boolean; readonly literals: readonly Literal[] }
  /** Both values are strings, and the test has the result. */
  | {
      readonly kind: 'string';
      readonly text: Operand;
      readonly test: StringTest;
      readonly part: Operand;
      readonly result: boolean;
    }
  /** The condition with this key has one of the results. */
  | { readonly kind: 'result'; readonly key: string; readonly results: number };
