import { AuthzConfigError, type Comparator, type Literal, type StringTest } from '../../core/index.js';
import type {
  Column,
  ColumnOperand,
  Comparison,
  Membership,
  Presence,
  StringComparison,
  StringOperand,
  TypedTest,
} from '../columns/index.js';
import { guarded, nameOf, presence, presenceExpression, type MongoFilter } from './field-guards.js';

const OPERATORS: Readonly<Record<Comparator, string>> = {
  '==': '$eq',
  '!=': '$ne',
  '<': '$lt',
  '<=': '$lte',
  '>': '$gt',
  '>=': '$gte',
};

/** Writes a test of one document as a query. */
export function documentTest(test: TypedTest): MongoFilter {
  switch (test.kind) {
    case 'and':
      return { $and: test.parts.map(documentTest) };
    case 'or':
      return { $or: test.parts.map(documentTest) };
    case 'has':
      return presenceTest(test);
    case 'compare':
      return comparison(test);
    case 'in':
      return membership(test);
    case 'string':
      return stringTest(test);
  }
}

function presenceTest({ column, negated }: Presence): MongoFilter {
  return negated ? { $nor: [presence(column)] } : presence(column);
}

function comparison({ left, right, comparator }: Comparison): MongoFilter {
  if (right.kind === 'literal' && left.kind === 'column') return withLiteral(left, comparator, right);
  if (right.kind !== 'literal') refuseMixedTimestamps(left, right);
  const sides = right.kind === 'literal' ? [left] : [left, right];
  return expression(sides.map(columnOf), { [OPERATORS[comparator]]: [valueOf(left), valueOf(right)] });
}

function withLiteral(column: Column, comparator: Comparator, literal: Literal): MongoFilter {
  const test = { [OPERATORS[comparator]]: valueFor(column, literal) };
  return guarded(column, test, comparator === '==' && isExact(literal));
}

/** A larger number may equal a whole number that a double does not hold. */
function isExact({ value }: Literal): boolean {
  return typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function membership({ item, negated, values }: Membership): MongoFilter {
  const operator = negated ? '$nin' : '$in';
  if (item.kind === 'column')
    return guarded(item, { [operator]: values.map((literal) => valueFor(item, literal)) }, !negated && values.every(isExact));
  const found = { $in: [valueOf(item), values.map(valueOf)] };
  return expression([item.of], negated ? { $not: [found] } : found);
}

const STRING_TESTS: Readonly<Record<StringTest, (text: unknown, part: unknown) => unknown>> = {
  startsWith: (text, part) => ({ $eq: [{ $indexOfBytes: [text, part] }, 0] }),
  endsWith: (text, part) => {
    const length = { $strLenCP: part };
    // MongoDB accepts no negative start. A longer part differs from the whole text.
    const start = { $max: [0, { $subtract: [{ $strLenCP: text }, length] }] };
    return { $eq: [{ $substrCP: [text, start, length] }, part] };
  },
  contains: (text, part) => ({ $gte: [{ $indexOfBytes: [text, part] }, 0] }),
};

function stringTest({ test, negated, text, part }: StringComparison): MongoFilter {
  const sides: readonly StringOperand[] = [text, part];
  const met = STRING_TESTS[test](valueOf(text), valueOf(part));
  return expression(
    sides.filter((side) => side.kind === 'column'),
    negated ? { $not: [met] } : met,
  );
}

/** Writes an expression over fields. It is evaluated only for values of the right type: for others it would fail, and the query with it. */
function expression(columns: readonly Column[], met: unknown): MongoFilter {
  return { $expr: { $cond: [{ $and: columns.map(presenceExpression) }, met, false] } };
}

function valueOf(side: ColumnOperand | Literal): unknown {
  switch (side.kind) {
    case 'column':
      return `$${nameOf(side)}`;
    case 'size':
      return { $strLenCP: `$${nameOf(side.of)}` };
    case 'literal':
      // A string that begins with $ would be a field.
      return { $literal: side.value };
  }
}

function valueFor({ type }: Column, literal: Literal): unknown {
  return literal.type === 'timestamp' && type !== 'milliseconds' ? new Date(literal.value) : literal.value;
}

function columnOf(side: ColumnOperand): Column {
  return side.kind === 'size' ? side.of : side;
}

function refuseMixedTimestamps(left: ColumnOperand, right: ColumnOperand): void {
  const isDate = (side: ColumnOperand) => side.kind === 'column' && side.type === 'timestamp';
  if (isDate(left) === isDate(right)) return;
  const [one, other] = [columnOf(left).attribute, columnOf(right).attribute];
  const problem = `toMongo() cannot compare ${one} with ${other}: one field is a Date, the other a number of milliseconds.`;
  throw new AuthzConfigError('AUTHZ_FILTER_UNSUPPORTED', problem);
}
