import type { Literal, StringTest } from '../../core/index.js';
import { SCALAR_TYPES, type Column, type ColumnOperand, type ColumnType } from '../columns/index.js';
import { joined, parameter, raw, sql, type Fragment } from './fragment.js';
import { isWhole, isWholeType, withinDate, withinWhole } from './numbers.js';
import type { SqlDialect } from './sql-dialect.interface.js';

/** MySQL and MariaDB, over a connection with the character set utf8mb4. */
export const mysql: SqlDialect = {
  quote: '`',
  placeholder: () => '?',
  hasMicroseconds: true,
  hasInfinity: false,
  value,
  paired: (column, name) => {
    // 20260301101530.123456
    if (column.type === 'timestamp') return sql`TRUNCATE(CAST(${name} AS DECIMAL(20, 6)), 3)`;
    return isWholeType(column.type) || column.type === 'decimal' ? asDouble(name) : value(column, name);
  },
  size: (name) => sql`CHAR_LENGTH(${name})`,
  literal,
  guards,
  sizeGuards: () => [],
  indexed: ({ type }, name, values) =>
    type === 'string' && values.every(isAscii)
      ? sql`${name} IN (${joined(values.map((each) => parameter(each.value as string)), ', ')})` // prettier-ignore
      : undefined,
  stringTest: (test, text, part) => STRING_TESTS[test](text, part),
  stringSide: asBytes,
};

/** A comparison with a character that the column's character set lacks is an error ("Illegal mix of collations"). Every character set has ASCII. */
function isAscii({ value: given }: Literal): boolean {
  // eslint-disable-next-line no-control-regex -- the range of ASCII
  return /^[\u0000-\u007f]*$/.test(String(given));
}

function value({ type }: Column, name: Fragment): Fragment {
  if (SCALAR_TYPES[type] === 'string') return asBytes(name);
  return type === 'number' ? asDouble(name) : name;
}

function literal({ type, value: given }: Literal, against: ColumnOperand): Fragment {
  switch (type) {
    case 'string':
      return asBytes(parameter(given));
    case 'boolean':
      return raw(given ? '1' : '0');
    case 'timestamp':
      return against.kind === 'column' && against.type === 'milliseconds'
        ? sql`CAST(${parameter(given)} AS SIGNED)`
        : sql`CAST(${parameter(new Date(given).toISOString().slice(0, -1).replace('T', ' '))} AS DATETIME(3))`;
    case 'number':
      return number(given, against.kind === 'size' ? 'integer' : against.type);
  }
}

/** The type of the value is the column's. A number without a type would be a DECIMAL in a query and a DOUBLE in a prepared statement. */
function number(given: number, type: ColumnType): Fragment {
  if (isWholeType(type) && isWhole(given)) return sql`CAST(${parameter(given)} AS SIGNED)`;
  return type === 'decimal' && !String(given).includes('e')
    ? sql`CAST(${parameter(String(given))} AS DECIMAL(65, 30))`
    : asDouble(parameter(given));
}

function guards({ type }: Column, name: Fragment, equalTo?: readonly Literal[]): readonly Fragment[] {
  switch (type) {
    case 'integer':
    case 'bigint':
      return equalTo?.every(({ value: given }) => isWhole(given)) === true ? [] : [withinWhole(name)];
    case 'milliseconds':
      return equalTo === undefined ? [withinDate(name)] : [];
    case 'boolean':
      return equalTo === undefined ? [sql`${name} IN (0, 1)`] : [];
    default:
      return [];
  }
}

const STRING_TESTS: Readonly<Record<StringTest, (text: Fragment, part: Fragment) => Fragment>> = {
  startsWith: (text, part) => sql`LEFT(${text}, LENGTH(${part})) = ${part}`,
  endsWith: (text, part) => sql`RIGHT(${text}, LENGTH(${part})) = ${part}`,
  contains: (text, part) => sql`LOCATE(${part}, ${text}) > 0`,
};

/** Bytes differ where most collations see no difference: in case, accents and trailing blanks. Bytes of UTF-8 are ordered by code point. */
function asBytes(of: Fragment): Fragment {
  return sql`CAST(CONVERT(${of} USING utf8mb4) AS BINARY)`;
}

/** Understood by all versions; CAST(… AS DOUBLE) is not. */
function asDouble(of: Fragment): Fragment {
  return sql`(${of} + 0e0)`;
}
