import type { Literal, StringTest } from '../../core/index.js';
import { CANONICAL_UUID, SCALAR_TYPES, type Column, type ColumnOperand, type ColumnType } from '../columns/index.js';
import { combined, joined, parameter, raw, sql, type Fragment } from './fragment.js';
import { isWhole, isWholeType, withinDate, withinWhole } from './numbers.js';
import type { SqlDialect } from './sql-dialect.interface.js';

/** PostgreSQL, in a database with the encoding UTF8. */
export const postgres: SqlDialect = {
  quote: '"',
  placeholder: (position) => `$${position}`,
  hasMicroseconds: true,
  hasInfinity: true,
  value,
  paired: (column, name) => {
    if (column.type === 'timestamp') return sql`date_trunc('milliseconds', ${name})`;
    return isWholeType(column.type) || column.type === 'decimal' ? asDouble(name) : value(column, name);
  },
  size: (name) => sql`char_length(${asText(name)})`,
  literal,
  guards,
  sizeGuards: () => [],
  indexed,
  stringTest: (test, text, part) => STRING_TESTS[test](text, part),
  stringSide: byBytes,
};

function value({ type }: Column, name: Fragment): Fragment {
  if (SCALAR_TYPES[type] === 'string') return byBytes(name);
  return type === 'number' ? asDouble(name) : name;
}

function literal({ type, value: given }: Literal, against: ColumnOperand): Fragment {
  switch (type) {
    case 'string':
      return asText(parameter(given));
    case 'boolean':
      return raw(given ? 'TRUE' : 'FALSE');
    case 'timestamp':
      return against.kind === 'column' && against.type === 'milliseconds'
        ? sql`CAST(${parameter(given)} AS bigint)`
        : sql`CAST(${parameter(new Date(given).toISOString().replace('+0', ''))} AS timestamptz)`;
    case 'number':
      return number(given, against.kind === 'size' ? 'integer' : against.type);
  }
}

/** The type of the parameter is the column's, so that an index on the column is used. */
function number(given: number, type: ColumnType): Fragment {
  if (isWholeType(type) && isWhole(given)) return sql`CAST(${parameter(given)} AS bigint)`;
  return type === 'decimal' && Number.isFinite(given) ? sql`CAST(${parameter(given)} AS numeric)` : asDouble(parameter(given));
}

/** Values that cannot be compared: a test for equality with a literal excludes all but whole numbers that a double does not hold. */
const GUARDS: Readonly<Partial<Record<ColumnType, (name: Fragment) => Fragment>>> = {
  number: (name) => sql`${asDouble(name)} <> 'NaN'`,
  decimal: (name) => sql`${name} <> 'NaN'`,
  milliseconds: withinDate,
  // "infinity" is no Date.
  timestamp: (name) => sql`isfinite(${name})`,
};

function guards({ type }: Column, name: Fragment, equalTo?: readonly Literal[]): readonly Fragment[] {
  if (isWholeType(type)) return equalTo?.every(({ value: given }) => isWhole(given)) === true ? [] : [withinWhole(name)];
  const guard = equalTo === undefined ? GUARDS[type] : undefined;
  return guard === undefined ? [] : [guard(name)];
}

/** Comparing the column as it is uses its index, but ignores differences of case in a column with a nondeterministic collation. */
function indexed({ type }: Column, name: Fragment, values: readonly Literal[]): Fragment | undefined {
  if (type === 'string') return oneOf(name, values.map(({ value: given }) => asText(parameter(given as string)))); // prettier-ignore
  if (type !== 'uuid') return undefined;
  const canonical = values.filter(({ value: given }) => CANONICAL_UUID.test(given as string));
  return canonical.length === 0
    ? undefined
    : oneOf(name, canonical.map(({ value: given }) => sql`CAST(${parameter(given as string)} AS uuid)`)); // prettier-ignore
}

function oneOf(name: Fragment, values: readonly Fragment[]): Fragment {
  return combined('OR', [sql`${name} IN (${joined(values, ', ')})`]);
}

const STRING_TESTS: Readonly<Record<StringTest, (text: Fragment, part: Fragment) => Fragment>> = {
  startsWith: (text, part) => sql`starts_with(${text}, ${part})`,
  endsWith: (text, part) => sql`right(${text}, char_length(${part})) = ${part}`,
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
};

function asText(of: Fragment): Fragment {
  return sql`CAST(${of} AS text)`;
}

function byBytes(of: Fragment): Fragment {
  return sql`${asText(of)} COLLATE "C"`;
}

function asDouble(of: Fragment): Fragment {
  return sql`CAST(${of} AS double precision)`;
}
