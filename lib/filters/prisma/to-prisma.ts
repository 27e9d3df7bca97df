import { choiceOption, flagOption, membersOf, readOptions, stringOption, type ResourceFilter } from '../../core/index.js';
import { columnFinder, typedTest, type ColumnsOption } from '../columns/index.js';
import { never, rowWhere, type PrismaWhere, type StringRules } from './row-where.js';

/** Options of {@link toPrisma}. */
export interface PrismaFilterOptions {
  /** The provider of the schema's `datasource`. `mysql` is MariaDB as well. */
  readonly provider: 'postgresql' | 'mysql' | 'sqlite';
  /** The field of each attribute: `{ ownerId: 'ownerId', amount: { column: 'amount', type: 'decimal' }, 'owner.id': ['owner', 'id'] }`. */
  readonly columns: ColumnsOption;
  /**
   * Whether all string columns of the filter have a collation that compares bytes, without padding: `"C"` in PostgreSQL, `utf8mb4_0900_bin` or
   * `utf8mb4_nopad_bin` in MySQL and MariaDB. Without it, an order of strings throws, and on MySQL any test of a string. Default: false.
   */
  readonly binaryCollation?: boolean;
  /** A string or number field of the model. Used to select no row. Default: `'id'`. */
  readonly idField?: string;
}

const MEMBERS = membersOf<PrismaFilterOptions>()(['provider', 'columns', 'binaryCollation', 'idField']);
const EXAMPLE = "{ provider: 'postgresql', columns: { ownerId: 'ownerId' } }";
/** AND, OR and NOT are operators of a condition. */
function isFieldName(name: string): boolean {
  return /^[A-Za-z]\w*$/.test(name) && !['AND', 'OR', 'NOT'].includes(name);
}

const NAMING = {
  place: 'toPrisma()',
  example: "{ ownerId: { column: 'ownerId', type: 'string' } }",
  expected: "the name of a field, or relations and a field such as ['owner', 'id']",
  accepts: (path: readonly string[]) => path.every(isFieldName),
};
const COLLATION = 'its collation may not compare bytes. If it does, write binaryCollation: true';
const RULES: Readonly<Record<PrismaFilterOptions['provider'], (isBinary: boolean) => StringRules>> = {
  postgresql: (isBinary) => ({ hasEquality: true, hasOrder: isBinary, hasParts: true, remedy: COLLATION }),
  mysql: (isBinary) => ({ hasEquality: isBinary, hasOrder: isBinary, hasParts: isBinary, remedy: COLLATION }),
  sqlite: () => ({ hasEquality: true, hasOrder: true, hasParts: false, remedy: 'LIKE of SQLite ignores case' }),
};

/**
 * Turns a filter into `where` of Prisma that selects the rows for which `authz.can()` is true. What Prisma cannot express exactly throws.
 *
 * @example
 * const mine = toPrisma(authz.filter('orders:read'), { provider: 'postgresql', columns: { ownerId: 'ownerId' } });
 * await prisma.order.findMany({ where: { AND: [mine, { status: 'open' }] } });
 *
 * @returns `{}` if the caller may see all rows; a condition that no row meets if the caller may see none.
 * @throws AuthzConfigError if an attribute has no field or no type, or if a test cannot be expressed.
 */
export function toPrisma(filter: ResourceFilter, options: PrismaFilterOptions): PrismaWhere {
  const given = readOptions(options, { place: 'toPrisma()', members: MEMBERS, example: EXAMPLE });
  const provider = choiceOption(given.provider, 'provider of toPrisma()', ['postgresql', 'mysql', 'sqlite']);
  const isBinary = flagOption(given.binaryCollation, 'binaryCollation of toPrisma()');
  const idField = stringOption(given.idField ?? 'id', 'idField of toPrisma()', 'the name of a field', isFieldName);
  const test = typedTest(filter, columnFinder(given.columns, NAMING), 'toPrisma()');
  if (typeof test !== 'boolean') return rowWhere(test, RULES[provider](isBinary), idField);
  return test ? {} : never(idField);
}
