import type { Literal, StringTest } from '../../core/index.js';
import type { Column, ColumnOperand } from '../columns/index.js';
import type { Fragment } from './fragment.js';

/** How a database writes the tests of a filter. `name` is the quoted name of the column. */
export interface SqlDialect {
  readonly quote: '"' | '`';
  /** Returns the placeholder of a parameter, counted from 1. */
  readonly placeholder: (position: number) => string;
  /** Whether a column of type `timestamp` may have microseconds. Conditions compare milliseconds. */
  readonly hasMicroseconds: boolean;
  /** Whether a number column may be infinite. */
  readonly hasInfinity: boolean;
  /** Returns the column in the form in which it is compared with a literal. */
  readonly value: (column: Column, name: Fragment) => Fragment;
  /** Returns the column in the form in which it is compared with another column. */
  readonly paired: (column: Column, name: Fragment) => Fragment;
  /** Returns the number of code points of a string column. */
  readonly size: (name: Fragment) => Fragment;
  /** Returns a literal in the form in which it is compared with a column. */
  readonly literal: (literal: Literal, against: ColumnOperand) => Fragment;
  /** Returns the conditions under which a value that is not NULL can be compared. `equalTo`: the test is met only by these values. */
  readonly guards: (column: Column, name: Fragment, equalTo?: readonly Literal[]) => readonly Fragment[];
  /** As `guards`, for the size of a string. */
  readonly sizeGuards: (column: Column, name: Fragment) => readonly Fragment[];
  /** Returns a test that an index on the column answers, and that every row with one of the values meets; `undefined`: not needed. */
  readonly indexed: (column: Column, name: Fragment, values: readonly Literal[]) => Fragment | undefined;
  /** Returns a string test. */
  readonly stringTest: (test: StringTest, text: Fragment, part: Fragment) => Fragment;
  /** Returns a string column, or a parameter, as a side of a string test. */
  readonly stringSide: (side: Fragment) => Fragment;
}
