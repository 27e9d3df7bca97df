import { SCALAR_TYPES, type Column } from '../columns/index.js';

/** A query, or a part of one. */
export type MongoFilter = Record<string, unknown>;

/** BSON types of the numbers that drivers return as numbers. Not `decimal`: drivers return an object. */
const NUMBERS = ['int', 'long', 'double'];
/** Largest number of milliseconds in a Date. */
const LAST_TIME = 8_640_000_000_000_000;

/** Returns the name of a field in a query: `owner.id`. */
export function nameOf({ path }: Column): string {
  return path.join('.');
}

/**
 * Adds to a test of a field what must hold beside it: the value is of the field's type, and neither it nor an outer document is in a list. Without that, MongoDB
 * would test the elements of a list, and `$ne` would be true for a missing field.
 *
 * @param isExact Whether the test is met only by values that are within the range of their type.
 */
export function guarded(column: Column, test: MongoFilter, isExact = false): MongoFilter {
  const field = { [nameOf(column)]: { ...test, ...typeTest(column), $not: { $type: 'array' } } };
  const outer = column.path.slice(0, -1).map((_, index) => ({
    [column.path.slice(0, index + 1).join('.')]: { $not: { $type: 'array' } },
  }));
  const all = [...outer, field, ...(isExact ? [] : withinRange(column))];
  return all.length === 1 ? field : { $and: all };
}

/** Returns the test that a field has a value that can be compared. */
export function presence(column: Column): MongoFilter {
  return guarded(column, {});
}

function typeTest({ type }: Column): MongoFilter {
  switch (SCALAR_TYPES[type]) {
    case 'number':
      return { $type: NUMBERS };
    case 'string':
      return { $type: 'string' };
    case 'boolean':
      return { $type: 'bool' };
    case 'timestamp':
      return type === 'milliseconds' ? { $type: NUMBERS } : { $type: 'date' };
  }
}

/** A NaN, a whole number that a double does not hold, and a time that a Date does not hold count as missing. */
function withinRange(column: Column): readonly MongoFilter[] {
  const name = nameOf(column);
  switch (SCALAR_TYPES[column.type]) {
    case 'string':
    case 'boolean':
      return [];
    case 'timestamp':
      return column.type === 'milliseconds'
        ? [{ [name]: { $gte: -LAST_TIME, $lte: LAST_TIME } }]
        : [{ [name]: { $gte: new Date(-LAST_TIME), $lte: new Date(LAST_TIME) } }];
    case 'number': {
      const exact = { $gte: Number.MIN_SAFE_INTEGER, $lte: Number.MAX_SAFE_INTEGER };
      const double = { [name]: { $type: ['int', 'double'], $gte: -Infinity, $lte: Infinity } };
      return [{ $or: [double, { [name]: { $type: 'long', ...exact } }] }];
    }
  }
}

/** Returns the same as {@link presence}, as an expression of an aggregation. */
export function presenceExpression(column: Column): MongoFilter {
  const value = `$${nameOf(column)}`;
  const isOf = (...types: readonly string[]) => ({ $in: [{ $type: value }, types] });
  const between = (first: unknown, last: unknown) => [{ $gte: [value, first] }, { $lte: [value, last] }];
  switch (SCALAR_TYPES[column.type]) {
    case 'string':
      return isOf('string');
    case 'boolean':
      return isOf('bool');
    case 'timestamp':
      return column.type === 'milliseconds'
        ? { $and: [isOf(...NUMBERS), ...between(-LAST_TIME, LAST_TIME)] }
        : { $and: [isOf('date'), ...between(new Date(-LAST_TIME), new Date(LAST_TIME))] };
    case 'number':
      return {
        $or: [
          { $and: [isOf('int', 'double'), ...between(-Infinity, Infinity)] },
          { $and: [isOf('long'), ...between(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)] },
        ],
      };
  }
}
