import type { Comparator, Literal, ScalarType, StringTest } from '../../core/index.js';
import type { Column } from './column.interface.js';

/** Number of code points of a string column. */
interface ColumnSize {
  readonly kind: 'size';
  readonly of: Column;
}

/** A value that the database computes for each row. */
export type ColumnOperand = Column | ColumnSize;
/** A string: of a column, or fixed. */
export type StringOperand = Column | Extract<Literal, { readonly type: 'string' }>;

/** A comparison. Both sides are of the scalar type; booleans have no order. */
export interface Comparison {
  readonly kind: 'compare';
  readonly type: ScalarType;
  readonly comparator: Comparator;
  readonly left: ColumnOperand;
  readonly right: ColumnOperand | Literal;
}

/** The value is one of the list (`negated`: is present and none of them). One or more values, each once, all of the scalar type. */
export interface Membership {
  readonly kind: 'in';
  readonly type: ScalarType;
  readonly negated: boolean;
  readonly item: ColumnOperand;
  readonly values: readonly Literal[];
}

/** The column has a value that conditions can compare (`negated`: has none). */
export interface Presence {
  readonly kind: 'has';
  readonly negated: boolean;
  readonly column: Column;
}

/** A test of strings: both sides are present, and the test is met (`negated`: is not). */
export interface StringComparison {
  readonly kind: 'string';
  readonly test: StringTest;
  readonly negated: boolean;
  readonly text: StringOperand;
  readonly part: StringOperand;
}

/** A test without parts. */
type Atom = Comparison | Membership | Presence | StringComparison;

/** A test of one row, with columns in place of attributes. Like `FilterTest` it has no negation. `and` and `or` have two parts or more. */
export type TypedTest = Atom | { readonly kind: 'and' | 'or'; readonly parts: readonly TypedTest[] };
