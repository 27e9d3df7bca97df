import { AuthzConfigError, isRecord, printable, shown } from '../../../core/index.js';
import { databaseMapping, type DatabaseMappingOptions } from '../../../sources/database/index.js';
import { isLoaded } from '../../../mapping/index.js';
import { CliError } from '../../cli.error.js';
import { printed } from '../../output/text-table.js';
import { memberOf, stringsIn, textIn } from '../export-file.js';
import { importedRole, type ImportedRole, type ImportedRoles } from '../imported-roles.interface.js';
import { openDatabase, TIMEOUT_MS, type Database, type QueryRows } from './sql-database.js';
import { tableNamed } from './table-name.js';
import { columnName } from './table-options.js';
import { rolesOfTables } from './table-reader.js';
import type { Table, TableName, TableOptions } from './table.interface.js';

/** What is read of a database. */
export interface SqlTablesOptions {
  readonly url: string;
  readonly options: TableOptions;
  /** As `databaseMapping()` takes them. */
  readonly tables?: DatabaseMappingOptions['tables'];
  readonly sql?: string;
  /** A query whose first column is a role that a user holds. Default: nothing is known of users. */
  readonly heldSql?: string;
}

/** Largest document made of it, in bytes (64 MiB). */
const MAX_BYTES = 64 * 1024 * 1024;
/** Most rows read of a table, as `databaseMapping()` does. */
const MAX_ROWS = 1_000_000;

/**
 * Reads roles over a connection of its own: the tables that are there, by the names of their columns, or as `databaseMapping()` does those
 * that the user names.
 * @throws CliError, never with the URL in it.
 */
export async function sqlTables(asked: SqlTablesOptions): Promise<ImportedRoles> {
  const { tables, sql, heldSql } = asked;
  if (tables !== undefined || sql !== undefined) refuseTableOptions(asked.options);
  const database = await openDatabase(asked.url);
  try {
    const found =
      tables === undefined && sql === undefined ? await ownTables(database, asked.options) : await mapped(database, asked);
    const held = heldSql === undefined ? undefined : new Set(await database.firstColumn(heldSql));
    return { ...found, held };
  } catch (error) {
    // A mistake in the options or the rows, not a failure of the database.
    if (error instanceof CliError || error instanceof AuthzConfigError) throw error;
    throw new CliError(`The database cannot be read: ${causeOf(error as NodeJS.ErrnoException)}.`);
  } finally {
    await database.close();
  }
}

/** A column that is said to hold denials would not be read. @throws CliError */
function refuseTableOptions({ columns, ignored }: TableOptions): void {
  if (columns.size + ignored.size === 0) return;
  throw new CliError(
    `--${columns.size > 0 ? 'column' : 'ignore'} has no effect with --tables or --sql. Name the columns in the file for --tables, or in the query.`,
  );
}

/** Of several addresses tried, the driver keeps a list without a message. */
function causeOf({ message, code }: NodeJS.ErrnoException): string {
  return printable((message === '' ? (code ?? 'unknown cause') : message).replace(/\.$/, ''));
}

async function ownTables(database: Database, options: TableOptions): Promise<ImportedRoles> {
  const tables = await database.snapshot(async (query) => {
    const found = new Map<TableName, Table>();
    for (const [given] of (await query(database.tablesSql)).rows) {
      const table = String(given);
      const name = tableNamed(table, `The table ${printed(table)}`, options);
      if (name === undefined || name === 'user_roles') continue;
      if (found.has(name))
        throw new CliError(`The database has two tables for ${name}, one of them ${printed(table)}: name yours with --tables.`);
      found.set(name, tableOf(table, await query(`SELECT * FROM ${database.quoted(table)} LIMIT ${MAX_ROWS + 1}`)));
    }
    return found;
  });
  const { roles, role_permissions, ...others } = Object.fromEntries(tables) as Partial<Record<TableName, Table>>;
  if (roles === undefined || role_permissions === undefined)
    throw new CliError(
      'The database must have the tables roles and role_permissions. Name yours with --tables, or write a query with --sql.',
    );
  return rolesOfTables(database.name, { roles, role_permissions, ...others }, options);
}

function tableOf(label: string, { columns, rows }: QueryRows): Table {
  if (rows.length > MAX_ROWS)
    throw new CliError(`The table ${printed(label)} has more than ${MAX_ROWS} rows, the most that are read.`);
  const names = columns.map(columnName);
  return {
    label: printed(label),
    columns: names,
    rows: rows.map((row) => ({
      get place() {
        return `${printed(label)} (${row.map(shown).join(', ')})`;
      },
      values: new Map(row.map((value, index) => [names[index] ?? '', textOf(value)])),
    })),
  };
}

/** A value as CSV would have it. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  // BIT(1) of MySQL, else an id in bytes.
  if (Buffer.isBuffer(value)) return value.length === 1 ? String(value[0]) : value.toString('hex');
  return JSON.stringify(value);
}

async function mapped({ pool }: Database, { tables, sql }: SqlTablesOptions): Promise<ImportedRoles> {
  const source = databaseMapping({
    pool,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...(tables !== undefined && { tables }),
    ...(sql !== undefined && { sql }),
  });
  const loaded = await source.load(() => undefined);
  if (!isLoaded(loaded) || !('text' in loaded.content)) throw new CliError('The database has no mapping.');
  return fromDocument(source.name, JSON.parse(loaded.content.text) as unknown);
}

function fromDocument(source: string, document: unknown): ImportedRoles {
  const roles = new Map<string, ImportedRole>();
  for (const [name, definition] of Object.entries(recordOf(memberOf(document, 'roles')))) {
    const role = importedRole(textIn(definition, 'description'));
    for (const member of ['permissions', 'deny', 'inherits'] as const)
      for (const entry of stringsIn(memberOf(definition, member), member)) role[member].add(entry);
    roles.set(name, role);
  }
  const catalogue = Object.entries(recordOf(memberOf(document, 'permissions')));
  const permissions = new Map(catalogue.map(([name, description]) => [name, typeof description === 'string' ? description : '']));
  return { source, roles, permissions, hasPatterns: true, held: undefined, leftOut: [] };
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
