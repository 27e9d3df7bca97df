import type { Literal, StringTest } from '../../core/index.js';
import type { Column, ColumnOperand } from '../columns/index.js';
import { SCALAR_TYPES } from '../columns/index.js';
import { parameter, raw, sql, type Fragment } from './fragment.js';
import { withinDate, withinWhole } from './numbers.js';
import type { SqlDialect } from './sql-dialect.interface.js';

/** SQLite 3.20 and later, in a database with the encoding UTF-8. A column may hold values of any type, so each test checks the type. */
export const sqlite: SqlDialect = {
  // In double quotes, SQLite takes the name of a column that does not exist for a string: `"typo" <> ?` would select every row.
  quote: '`',
  placeholder: () => '?',
  hasMicroseconds: false,
  hasInfinity: true,
  value,
  // Without the sign, SQLite would convert a string to a number if the other column has a numeric type.
  paired: (column, name) => value(column, sql`+${name}`),
  size: (name) => sql`length(${name})`,
  literal,
  guards,
  // length() stops at U+0000.
  sizeGuards: (column, name) => [...guards(column, name), sql`instr(${asBytes(name)}, x'00') = 0`],
  // The index of a column without COLLATE has the collation BINARY.
  indexed: () => undefined,
  stringTest: (test, text, part) => STRING_TESTS[test](text, part),
  stringSide: asBytes,
};

function value(column: Column, name: Fragment): Fragment {
  return isText(column) ? sql`${name} COLLATE BINARY` : name;
}

function isText({ type }: Column): boolean {
  return SCALAR_TYPES[type] === 'string' || type === 'timestamp';
}

function literal({ type, value: given }: Literal, against: ColumnOperand): Fragment {
  switch (type) {
    case 'boolean':
      return raw(given ? '1' : '0');
    case 'timestamp':
      return parameter(against.kind === 'column' && against.type === 'milliseconds' ? given : new Date(given).toISOString());
    default:
      return parameter(given);
  }
}

function guards({ type }: Column, name: Fragment): readonly Fragment[] {
  const isInteger = sql`typeof(${name}) = 'integer'`;
  switch (SCALAR_TYPES[type]) {
    case 'string':
      return [sql`typeof(${name}) = 'text'`];
    case 'number':
      return [sql`(typeof(${name}) = 'real' OR (${isInteger} AND ${withinWhole(name)}))`];
    case 'boolean':
      return [isInteger, sql`${name} IN (0, 1)`];
    case 'timestamp':
      if (type === 'milliseconds') return [isInteger, withinDate(name)];
      // Other forms than that of toISOString() are not ordered by time.
      return [sql`typeof(${name}) = 'text'`, sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${name}) IS ${name} COLLATE BINARY`];
  }
}

/** substr() of an empty blob is NULL. The guards have excluded strings that are NULL. */
const STRING_TESTS: Readonly<Record<StringTest, (text: Fragment, part: Fragment) => Fragment>> = {
  startsWith: (text, part) => sql`ifnull(substr(${text}, 1, length(${part})), x'') = ${part}`,
  endsWith: (text, part) => sql`ifnull(substr(${text}, length(${text}) - length(${part}) + 1), x'') = ${part}`,
  contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
};

/** Bytes have no collation. length() and substr() of text would stop at U+0000. */
function asBytes(of: Fragment): Fragment {
  return sql`CAST(${of} AS BLOB)`;
}
