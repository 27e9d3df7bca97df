import { AuthzConfigError, choiceOption, membersOf, numberOption, readOptions, type ResourceFilter } from '../../core/index.js';
import { columnFinder, typedTest, type ColumnsOption } from '../columns/index.js';
import { combined, raw, type Fragment, type SqlParameter } from './fragment.js';
import { mysql } from './mysql-dialect.js';
import { postgres } from './postgres-dialect.js';
import { rowTest } from './row-test.js';
import type { SqlDialect } from './sql-dialect.interface.js';
import { sqlite } from './sqlite-dialect.js';

/** Options of {@link toSql}. */
export interface SqlFilterOptions {
  /** The database. `mysql` is MariaDB as well. */
  readonly dialect: 'postgres' | 'mysql' | 'sqlite';
  /** The column of each attribute: `{ ownerId: 'owner_id', amount: { column: ['o', 'amount'], type: 'number' } }`. */
  readonly columns: ColumnsOption;
  /** PostgreSQL: number of the first placeholder, such as 3 for `$3` in a query that has two parameters already. Default: 1. */
  readonly firstParameter?: number;
}

/** A condition for the WHERE clause of a query. */
export interface SqlWhere {
  /** Whether the caller may see all rows, none, or those that meet the condition. */
  readonly kind: 'always' | 'never' | 'where';
  /** The condition, which can follow `AND`: `1 = 1` for `always`, `1 = 0` for `never`. */
  readonly text: string;
  /** The values of the placeholders. */
  readonly parameters: SqlParameter[];
  /** `text` without placeholders: the strings between the parameters, as a template tag (`sql` of Drizzle and Kysely) takes them. */
  readonly strings: readonly string[];
}

const DIALECTS: Readonly<Record<SqlFilterOptions['dialect'], SqlDialect>> = { postgres, mysql, sqlite };
const MEMBERS = membersOf<SqlFilterOptions>()(['dialect', 'columns', 'firstParameter']);
const EXAMPLE = "{ dialect: 'postgres', columns: { ownerId: 'owner_id' } }";
const NAMING = {
  place: 'toSql()',
  example: "{ ownerId: { column: 'owner_id', type: 'string' } }",
  expected: "the name of a column, or a list of up to four names such as ['o', 'owner_id']",
  accepts: (path: readonly string[]) => path.length <= 4,
};

/**
 * Turns a filter into an SQL condition that selects exactly the rows for which `authz.can()` is true.
 *
 * @example
 * const where = toSql(authz.filter('orders:read'), { dialect: 'postgres', columns: { ownerId: 'owner_id' } });
 * const { rows } = await pool.query(`SELECT * FROM orders WHERE ${where.text}`, where.parameters);
 *
 * @throws AuthzConfigError if an attribute has no column or no type, or if a test cannot be expressed.
 */
export function toSql(filter: ResourceFilter, options: SqlFilterOptions): SqlWhere {
  const given = readOptions(options, { place: 'toSql()', members: MEMBERS, example: EXAMPLE });
  const name = choiceOption(given.dialect, 'dialect of toSql()', ['postgres', 'mysql', 'sqlite']);
  const first = firstParameter(given.firstParameter, name);
  const test = typedTest(filter, columnFinder(given.columns, NAMING), 'toSql()');
  if (typeof test === 'boolean') return written(test ? 'always' : 'never', raw(test ? '1 = 1' : '1 = 0'), () => '');
  const { placeholder } = DIALECTS[name];
  return written('where', combined('AND', [rowTest(test, DIALECTS[name])]), (index) => placeholder(first + index));
}

function firstParameter(value: unknown, dialect: SqlFilterOptions['dialect']): number {
  const option = 'firstParameter of toSql()';
  if (value !== undefined && dialect !== 'postgres') {
    const problem = `"${option}" is for the dialect "postgres" only: the placeholders of ${dialect} have no number.`;
    throw new AuthzConfigError('AUTHZ_OPTION_CONFLICT', problem);
  }
  return numberOption(value, { option, min: 1, max: 65_535, default: 1, isWhole: true });
}

function written(kind: SqlWhere['kind'], { strings, parameters }: Fragment, placeholder: (index: number) => string): SqlWhere {
  const text = strings.map((each, index) => (index === 0 ? each : placeholder(index - 1) + each)).join('');
  return { kind, text, parameters: [...parameters], strings };
}
