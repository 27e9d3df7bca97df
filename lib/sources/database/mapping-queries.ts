import { memberPath, readOptions, shown, stringOption } from '../../core/index.js';
import { isSqlName, quotedName } from './quoted-name.js';
import type { SqlDatabase } from './sql-database.interface.js';

/** Most rows read from a table, or from the application's own query. */
export const MAX_ROWS = 1_000_000;

/** A query, and the name of its table for messages. */
export interface MappingQuery {
  readonly place: string;
  readonly sql: string;
}

/** The query for the grants. */
export interface GrantsQuery extends MappingQuery {
  /**
   * What to do if it is not known whether the table has a column `when`: a query whose result shows the table's columns, and the query that replaces
   * `sql` if it has one. A query that names a missing column would fail, and end the transaction.
   */
  readonly detect?: { readonly columnsSql: string; readonly conditionalSql: string };
}

/** The queries that read the mapping. */
export interface MappingQueries {
  /** Name and description. Without this query, the roles are those in the grants. */
  readonly roles?: MappingQuery;
  /** Name and description. */
  readonly permissions?: MappingQuery;
  /** Role, permission, effect and condition. The application's own query may have its columns in another order. */
  readonly grants: GrantsQuery;
  /** Role and parent. */
  readonly inherits?: MappingQuery;
}

type Dialect = Pick<SqlDatabase, 'quote' | 'maxNameLength'>;

/** Uses the application's own query for the grants. */
export function queriesOfSql(sql: string): MappingQueries {
  // Line breaks around the query, which may end in a comment.
  const inner = sql.replace(/[\s;]+$/, '');
  return { grants: { place: 'the query in "sql"', sql: `SELECT * FROM (\n${inner}\n) AS grants LIMIT ${MAX_ROWS + 1}` } };
}

const TABLES = ['roles', 'permissions', 'rolePermissions', 'roleInherits'] as const;

/** Returns a query for each table. @param path Name of the option `tables` in messages. @throws AuthzConfigError */
export function queriesOfTables(tables: unknown, path: string, dialect: Dialect): MappingQueries {
  const { roles, permissions, rolePermissions, roleInherits } = members(
    tables,
    TABLES,
    path,
    "{ roles: { table: 'app_roles' } }",
  );
  const query = (option: string, given: unknown, columns: Columns) =>
    tableQuery(memberPath(path, option), given, columns, dialect);
  return {
    roles: query('roles', roles, { table: 'roles', needed: ['name'], optional: 'description' }),
    ...(permissions !== null && {
      permissions: query('permissions', permissions, { table: 'permissions', needed: ['name'], optional: 'description' }),
    }),
    grants: grantsQuery(memberPath(path, 'rolePermissions'), rolePermissions, dialect),
    ...(roleInherits !== null && {
      inherits: query('roleInherits', roleInherits, { table: 'role_inherits', needed: ['role', 'parent'] }),
    }),
  };
}

const GRANTS: Columns = { table: 'role_permissions', needed: ['role', 'permission'], optional: 'effect', without: "'allow'" };

/** A table that an earlier release created has no column `when`. Treating an existing column as absent would make a conditional grant unconditional. */
function grantsQuery(option: string, given: unknown, dialect: Dialect): GrantsQuery {
  const { when, ...named } = members(given, ['table', ...GRANTS.needed, 'effect', 'when'], option, "{ table: 'app_grants' }");
  const { place, selected, from } = tableParts(option, named, GRANTS, dialect);
  const withCondition = (column: string) => selectSql([...selected, column], from);
  const conditional = (column: unknown) => withCondition(quoted(column, memberPath(option, 'when'), dialect));
  if (when === null) return { place, sql: withCondition('NULL') };
  if (when !== undefined) return { place, sql: conditional(when) };
  const detect = { columnsSql: `SELECT * FROM ${from} LIMIT 0`, conditionalSql: conditional('when') };
  return { place, sql: withCondition('NULL'), detect };
}

interface Columns {
  /** Default name of the table. */
  readonly table: string;
  readonly needed: readonly string[];
  /** The column that may be `null`. */
  readonly optional?: string;
  /** SQL that replaces the column if it is `null`. Default: `NULL`. */
  readonly without?: string;
}

function tableQuery(option: string, given: unknown, columns: Columns, dialect: Dialect): MappingQuery {
  const { place, selected, from } = tableParts(option, given, columns, dialect);
  return { place, sql: selectSql(selected, from) };
}

function selectSql(selected: readonly string[], from: string): string {
  return `SELECT ${selected.join(', ')} FROM ${from} LIMIT ${MAX_ROWS + 1}`;
}

function tableParts(option: string, given: unknown, columns: Columns, dialect: Dialect) {
  const { needed, optional, without = 'NULL' } = columns;
  const names = optional === undefined ? needed : [...needed, optional];
  const named = members(given, ['table', ...names], option, "{ table: 'app_roles' }");
  const { table = columns.table } = named;
  const selected = names.map((name) => {
    const { [name]: column = name } = named;
    if (column === null && name === optional) return without;
    return quoted(column, memberPath(option, name), dialect);
  });
  const parts = typeof table === 'string' ? table.split('.') : [table];
  const from = parts.map((part) => quoted(part, memberPath(option, 'table'), dialect)).join('.');
  return { place: `the table ${shown(table)}`, selected, from };
}

function members<Name extends string>(
  value: unknown,
  names: readonly Name[],
  option: string,
  example: string,
): Readonly<Partial<Record<Name, unknown>>> {
  return readOptions(value === undefined ? {} : value, { place: `"${option}"`, members: names, example });
}

function quoted(name: unknown, option: string, { quote, maxNameLength }: Dialect): string {
  const what = `the name of a table or column, of 1 to ${maxNameLength} characters`;
  return quotedName(
    stringOption(name, option, what, (text) => isSqlName(text, maxNameLength)),
    quote,
  );
}
