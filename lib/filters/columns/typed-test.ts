import {
  AuthzConfigError,
  kindOf,
  peek,
  type FilterAttribute,
  type FilterOperand,
  type FilterTest,
  type Literal,
  type ResourceFilter,
  type ScalarType,
} from '../../core/index.js';
import { SCALAR_TYPES, type Column } from './column.interface.js';
import type { ColumnOperand, StringOperand, TypedTest } from './typed-test.interface.js';

/** Finds the column of an attribute. */
type FindColumn = (attribute: FilterAttribute) => Column;

/** A test, or its result if it does not depend on the row. */
type TypedSelection = TypedTest | boolean;

/** Matches when a filter selects a row, with columns in place of attributes. @throws AuthzConfigError if an attribute has no column, or a test cannot be expressed. */
export function typedTest(filter: ResourceFilter, findColumn: FindColumn, place: string): TypedSelection {
  const { selection } = checked(filter, place);
  return selection.kind === 'where' ? typed(selection.test, findColumn) : selection.kind === 'always';
}

/** A promise or the argument of another call would select nothing or everything. */
function checked(filter: ResourceFilter, place: string): ResourceFilter {
  const selection: unknown = peek(filter, 'selection');
  if (['always', 'never', 'where'].includes(peek(selection, 'kind') as string)) return filter;
  throw new AuthzConfigError(
    'AUTHZ_OPTIONS',
    `The filter of ${place} must be the result of authz.filter(), got ${kindOf(filter)}.`,
  );
}

function typed(test: FilterTest, find: FindColumn): TypedSelection {
  switch (test.kind) {
    case 'and':
    case 'or':
      return together(
        test.kind,
        test.parts.map((part) => typed(part, find)),
      );
    case 'compare':
      return comparison(test, find);
    case 'in':
      return membership(test, find);
    case 'has':
      return { kind: 'has', negated: test.negated, column: find(test.attribute) };
    case 'string':
      return stringTest(test, find);
    case 'unsupported':
      throw new AuthzConfigError('AUTHZ_FILTER_UNSUPPORTED', `The filter cannot be expressed: ${test.problem}.`);
  }
}

function together(kind: 'and' | 'or', parts: readonly TypedSelection[]): TypedSelection {
  const deciding = kind === 'or';
  if (parts.includes(deciding)) return deciding;
  const open = parts.filter((part) => typeof part !== 'boolean');
  const [only] = open;
  if (only === undefined) return !deciding;
  return open.length === 1 ? only : { kind, parts: open };
}

function comparison(test: Extract<FilterTest, { readonly kind: 'compare' }>, find: FindColumn): TypedSelection {
  const [left, right] = [operand(test.left, find), operand(test.right, find)];
  // A filter has the attribute on the left.
  if (left === undefined || right === undefined || left.kind === 'literal') return false;
  const type = scalarType(left);
  const isOrder = test.comparator !== '==' && test.comparator !== '!=';
  // Values of different types are not comparable, so the test is never met. Booleans have no order.
  if (type !== scalarType(right) || (isOrder && type === 'boolean')) return false;
  return { kind: 'compare', type, comparator: test.comparator, left, right };
}

function membership(test: Extract<FilterTest, { readonly kind: 'in' }>, find: FindColumn): TypedSelection {
  const item = operand(test.item, find) as ColumnOperand | undefined;
  if (item === undefined) return false;
  const type = scalarType(item);
  if (test.values.some((value) => value.type !== type)) return false;
  const values = new Map(test.values.map((literal) => [literal.value, literal]));
  return { kind: 'in', type, negated: test.negated, item, values: [...values.values()] };
}

function stringTest(test: Extract<FilterTest, { readonly kind: 'string' }>, find: FindColumn): TypedSelection {
  const [text, part] = [stringOperand(test.text, find), stringOperand(test.part, find)];
  return text === undefined || part === undefined
    ? false
    : { kind: 'string', test: test.test, negated: test.negated, text, part };
}

function stringOperand(side: FilterAttribute | StringOperand, find: FindColumn): StringOperand | undefined {
  if (side.kind !== 'attribute') return side;
  const column = find(side);
  return SCALAR_TYPES[column.type] === 'string' ? column : undefined;
}

/** Returns the operand with its column; `undefined` for the size of something that is no string. */
function operand(side: FilterOperand, find: FindColumn): ColumnOperand | Literal | undefined {
  switch (side.kind) {
    case 'literal':
      return side;
    case 'attribute':
      return find(side);
    case 'size': {
      const of = find(side.of);
      return SCALAR_TYPES[of.type] === 'string' ? { kind: 'size', of } : undefined;
    }
  }
}

/** Returns the type of the values of an operand. */
function scalarType(side: ColumnOperand | Literal): ScalarType {
  if (side.kind === 'literal') return side.type;
  return side.kind === 'size' ? 'number' : SCALAR_TYPES[side.type];
}
