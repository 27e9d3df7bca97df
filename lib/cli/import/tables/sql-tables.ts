import { AuthzConfigError, isRecord, printable, shown } from '../../../core/index.js';
import { databaseMapping, type DatabaseMappingOptions } from '../../../sources/database/index.js';
import { isLoaded } from '../../../mapping/index.js';
import { CliError } from '../../cli.error.js';
import { withOptionNames } from '../../input/with-option-names.js';
import { printed } from '../../output/text-table.js';
import { memberOf, stringsIn, textIn } from '../export-file.js';
import { addEntry, importedRole, type ImportedRole, type ImportedRoles } from '../imported-roles.interface.js';
import { openDatabase, TIMEOUT_MS, type Database, type QueryRows } from './sql-database.js';
import { tableNamed } from './table-name.js';
import { columnName } from './table-options.js';
import { rolesOfTables } from './table-reader.js';
import type { Table, TableName, TableOptions } from './table.interface.js';

/** Options for reading a database. */
export interface SqlTablesOptions {
  readonly url: string;
  readonly options: TableOptions;
  /** In the format of `databaseMapping()`. */
  readonly tables?: DatabaseMappingOptions['tables'];
  readonly sql?: string;
  /** A query whose first column is a role that a user holds. Default: holders are not reported. */
  readonly heldSql?: string;
}

/** The options of the command line by the members of `databaseMapping()`. */
const NAMES = { tables: '--tables', sql: '--sql' };
/** Largest document, in bytes (64 MiB). */
const MAX_BYTES = 64 * 1024 * 1024;
/** Largest number of rows of a table, as in `databaseMapping()`. */
const MAX_ROWS = 1_000_000;

/**
 * Connects to a database and reads roles: from tables recognized by their names and columns, or from tables that the user names, as
 * `databaseMapping()` does.
 * @throws CliError; its message never contains the URL.
 */
export async function sqlTables(asked: SqlTablesOptions): Promise<ImportedRoles> {
  const { tables, sql, heldSql } = asked;
  if (tables !== undefined || sql !== undefined) refuseTableOptions(asked.options);
  const database = await openDatabase(asked.url);
  try {
    const found =
      tables === undefined && sql === undefined
        ? await ownTables(database, asked.options)
        : await withOptionNames(NAMES, () => mapped(database, asked));
    const held = heldSql === undefined ? undefined : new Set(await database.firstColumn(heldSql));
    return { ...found, held };
  } catch (error) {
    // A fault in the options or the rows, not a failure of the database.
    if (error instanceof CliError || error instanceof AuthzConfigError) throw error;
    throw new CliError(`The database cannot be read: ${causeOf(error as NodeJS.ErrnoException)}.`);
  } finally {
    await database.close();
  }
}

/** Rejects --column and --ignore with --tables or --sql: a column named as denials would not be read. @throws CliError */
function refuseTableOptions({ columns, ignored }: TableOptions): void {
  if (columns.size + ignored.size === 0) return;
  throw new CliError(
    `--${columns.size > 0 ? 'column' : 'ignore'} has no effect with --tables or --sql. Name the columns in the file for --tables, or in the query.`,
  );
}

/** After trying several addresses, the driver throws an error with an empty message. */
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
    throw new CliError(`The table ${printed(label)} has more than ${MAX_ROWS} rows, which is the limit.`);
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

/** Converts a value to a string as in CSV. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  // One byte is BIT(1) of MySQL; more bytes are an id.
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
    for (const member of ['permissions', 'deny'] as const)
      for (const [permission, when] of entriesIn(memberOf(definition, member))) addEntry(role, member, permission, when);
    for (const parent of stringsIn(memberOf(definition, 'inherits'), 'inherits')) role.inherits.add(parent);
    roles.set(name, role);
  }
  const catalogue = Object.entries(recordOf(memberOf(document, 'permissions')));
  const permissions = new Map(catalogue.map(([name, description]) => [name, typeof description === 'string' ? description : '']));
  return { source, roles, permissions, hasPatterns: true, held: undefined, leftOut: [] };
}

/** Returns the grants or denials of a document that databaseMapping() made. */
function entriesIn(list: unknown): readonly (readonly [permission: string, when: string | null])[] {
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  return entries.map((entry) => (isRecord(entry) ? [String(entry['permission']), String(entry['when'])] : [String(entry), null]));
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
