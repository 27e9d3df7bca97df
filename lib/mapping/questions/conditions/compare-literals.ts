import { comparing, type Literal } from '../../../core/index.js';

const isSmaller = comparing('<');

/** Returns a negative number, 0 or a positive number for literals of one type. Unequal booleans have no order: 1. */
export function compareLiterals({ value: left }: Literal, { value: right }: Literal): number {
  if (left === right) return 0;
  return isSmaller(left, right) === true ? -1 : 1;
}
