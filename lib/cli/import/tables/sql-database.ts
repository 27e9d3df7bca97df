import type { DatabaseMappingOptions } from '../../../sources/database/index.js';
import { CliError } from '../../cli.error.js';
import { notInstalled } from '../../optional-package.js';

/** Time limit for a query, in milliseconds: the largest that `databaseMapping()` accepts. */
export const TIMEOUT_MS = 60_000;

/** The result of a query. */
export interface QueryRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A database connection of the command. */
export interface Database {
  readonly name: string;
  readonly pool: DatabaseMappingOptions['pool'];
  /** Lists the tables and views that a query without a schema finds. */
  readonly tablesSql: string;
  /** Quotes the name of a table. */
  quoted(name: string): string;
  /** Runs queries in one snapshot of the database. Fails if a policy would hide rows, which may be denials. */
  snapshot<Result>(read: (query: (sql: string) => Promise<QueryRows>) => Promise<Result>): Promise<Result>;
  firstColumn(sql: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Connects to a database. @throws CliError for an unsupported URL or a missing driver. */
export async function openDatabase(url: string): Promise<Database> {
  if (/^postgres(ql)?:/i.test(url)) return openPostgres(url);
  if (/^(mysql|mariadb):/i.test(url)) return openMysql(url.replace(/^mariadb:/i, 'mysql:'));
  throw new CliError('The URL of the database must begin with postgres:// or mysql://.');
}

async function openPostgres(connectionString: string): Promise<Database> {
  const { default: pg } = await import('pg').catch(notInstalled('pg', 'Reading PostgreSQL'));
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 10_000, query_timeout: TIMEOUT_MS });
  const query = async (text: string): Promise<QueryRows> => {
    const { fields, rows } = await pool.query<unknown[]>({ text, rowMode: 'array' });
    return { columns: fields.map(({ name }) => name), rows };
  };
  return {
    name: 'PostgreSQL',
    pool,
    // information_schema hides tables that the user may not read, and these may contain denials.
    tablesSql:
      "SELECT relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition AND nspname = ANY (current_schemas(false))",
    quoted: (name) => `"${name.replaceAll('"', '""')}"`,
    // The pool has one connection, so all queries run in the transaction.
    snapshot: async (read) => {
      await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await query('SET LOCAL row_security = off');
      const result = await read(query);
      await query('ROLLBACK');
      return result;
    },
    firstColumn: async (text) => (await query(text)).rows.map((row) => String(row[0])),
    close: () => pool.end(),
  };
}

async function openMysql(uri: string): Promise<Database> {
  const { createPool } = await import('mysql2/promise').catch(notInstalled('mysql2', 'Reading MySQL'));
  const pool = createPool({ uri, connectionLimit: 1, connectTimeout: 10_000 });
  const query = async (sql: string): Promise<QueryRows> => {
    const [rows, fields] = await pool.query({ sql, rowsAsArray: true, timeout: TIMEOUT_MS });
    // A statement without a result set returns a header instead of rows.
    if (!Array.isArray(rows)) return { columns: [], rows: [] };
    return { columns: fields.map(({ name }) => name), rows: rows as unknown as unknown[][] };
  };
  return {
    name: 'MySQL',
    pool: pool as unknown as DatabaseMappingOptions['pool'],
    tablesSql: 'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()',
    quoted: (name) => `\`${name.replaceAll('`', '``')}\``,
    snapshot: async (read) => {
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      const result = await read(query);
      await query('ROLLBACK');
      return result;
    },
    firstColumn: async (sql) => (await query(sql)).rows.map((row) => String(row[0])),
    close: () => pool.end(),
  };
}
