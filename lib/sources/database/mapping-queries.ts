import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import { isSqlName, quotedName } from './quoted-name.js';
import type { SqlDatabase } from './sql-database.interface.js';

/** Most rows read from a table, or from the application's own query. */
export const MAX_ROWS = 1_000_000;

/** A query, and what it reads, for messages. */
export interface MappingQuery {
  readonly place: string;
  readonly sql: string;
}

/** The queries that read the mapping. */
export interface MappingQueries {
  /** Name and description. Without this query, the roles are those in the grants. */
  readonly roles?: MappingQuery;
  /** Name and description. */
  readonly permissions?: MappingQuery;
  /** Role, permission and effect. The application's own query may have its columns in another order. */
  readonly grants: MappingQuery;
  /** Role and parent. */
  readonly inherits?: MappingQuery;
}

type Dialect = Pick<SqlDatabase, 'quote' | 'maxNameLength'>;

/** Uses the application's own query for the grants. */
export function queriesOfSql(sql: string): MappingQueries {
  // On lines of its own: the query may end in a comment.
  const inner = sql.replace(/[\s;]+$/, '');
  return { grants: { place: 'the query in "sql"', sql: `SELECT * FROM (\n${inner}\n) AS grants LIMIT ${MAX_ROWS + 1}` } };
}

/** Makes a query for each table. @throws AuthzConfigError if `tables` is wrong. */
export function queriesOfTables(tables: unknown, dialect: Dialect): MappingQueries {
  const known = { roles: undefined, permissions: undefined, rolePermissions: undefined, roleInherits: undefined };
  const named = members(tables, known, '"tables"');
  const { roles, permissions, rolePermissions, roleInherits } = named;
  const query = (option: string, given: unknown, columns: Columns) => tableQuery(`"tables.${option}"`, given, columns, dialect);
  return {
    roles: query('roles', roles, { table: 'roles', needed: ['name'], optional: 'description' }),
    ...(permissions !== null && {
      permissions: query('permissions', permissions, { table: 'permissions', needed: ['name'], optional: 'description' }),
    }),
    grants: query('rolePermissions', rolePermissions, {
      table: 'role_permissions',
      needed: ['role', 'permission'],
      optional: 'effect',
      without: "'allow'",
    }),
    ...(roleInherits !== null && {
      inherits: query('roleInherits', roleInherits, { table: 'role_inherits', needed: ['role', 'parent'] }),
    }),
  };
}

interface Columns {
  /** Default name of the table. */
  readonly table: string;
  readonly needed: readonly string[];
  /** The column that may be `null`. */
  readonly optional?: string;
  /** SQL used in its place then. Default: `NULL`. */
  readonly without?: string;
}

function tableQuery(option: string, given: unknown, columns: Columns, dialect: Dialect): MappingQuery {
  const { needed, optional, without = 'NULL' } = columns;
  const names = optional === undefined ? needed : [...needed, optional];
  const named = members(given, Object.fromEntries(['table', ...names].map((name) => [name, undefined])), option);
  const { table = columns.table } = named;
  const selected = names.map((name) => {
    const { [name]: column = name } = named;
    if (column === null && name === optional) return without;
    return quoted(column, `${option.slice(0, -1)}.${name}"`, dialect);
  });
  const parts = typeof table === 'string' ? table.split('.') : [table];
  const from = parts.map((part) => quoted(part, `${option.slice(0, -1)}.table"`, dialect)).join('.');
  return { place: `the table ${shown(table)}`, sql: `SELECT ${selected.join(', ')} FROM ${from} LIMIT ${MAX_ROWS + 1}` };
}

function members<Known extends object>(
  value: unknown,
  known: Known,
  option: string,
): { readonly [name in keyof Known]: unknown } {
  if (value === undefined) return known;
  if (!isRecord(value))
    throw new AuthzConfigError('AUTHZ_DATABASE_TABLES', `${option} must be an object of names, got ${shown(value)}.`);
  refuseUnknownMembers(value, Object.keys(known), option);
  return { ...known, ...value };
}

function quoted(name: unknown, option: string, { quote, maxNameLength }: Dialect): string {
  if (isSqlName(name, maxNameLength)) return quotedName(name, quote);
  throw new AuthzConfigError(
    'AUTHZ_DATABASE_TABLES',
    `${option} must be the name of a table or column, of 1 to ${maxNameLength} characters, got ${shown(name)}.`,
  );
}
