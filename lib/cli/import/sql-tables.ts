import { AuthzConfigError, isRecord } from '../../core/index.js';
import { databaseMapping, type DatabaseMappingOptions } from '../../database/index.js';
import { isLoaded } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { notInstalled } from '../optional-package.js';
import { importedRole, type ImportedRole, type ImportedRoles } from './imported-roles.interface.js';
import { memberOf, textIn, textsOf } from './export-file.js';

/** What is read of a database. */
export interface SqlTablesOptions {
  readonly url: string;
  /** As `databaseMapping()` takes them. */
  readonly tables?: DatabaseMappingOptions['tables'];
  readonly sql?: string;
  /** A query whose first column is a role that a user holds. Default: nothing is known of users. */
  readonly heldSql?: string;
}

/** Longest time that reading may take, in milliseconds: the longest that `databaseMapping()` allows. */
const TIMEOUT_MS = 60_000;
/** Largest document made of it, in bytes (64 MiB). */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads roles as `databaseMapping()` does, over a connection of its own. @throws CliError, never with the URL in it. */
export async function sqlTables(options: SqlTablesOptions): Promise<ImportedRoles> {
  const { tables, sql, heldSql } = options;
  const database = await openDatabase(options.url);
  try {
    const source = databaseMapping({
      pool: database.pool,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      ...(tables !== undefined && { tables }),
      ...(sql !== undefined && { sql }),
    });
    const loaded = await source.load(() => undefined);
    const held = heldSql === undefined ? undefined : new Set(await database.firstColumn(heldSql));
    return fromDocument(source.name, JSON.parse(textOf(loaded)) as unknown, held);
  } catch (error) {
    // A mistake in the options or the rows, not a failure of the database.
    if (error instanceof CliError || error instanceof AuthzConfigError) throw error;
    throw new CliError(`The database cannot be read: ${causeOf(error as NodeJS.ErrnoException)}.`);
  } finally {
    await database.close();
  }
}

/** Of several addresses tried, the driver keeps a list without a message. */
function causeOf({ message, code }: NodeJS.ErrnoException): string {
  return (message === '' ? (code ?? 'unknown cause') : message).replace(/\.$/, '');
}

function textOf(loaded: Awaited<ReturnType<ReturnType<typeof databaseMapping>['load']>>): string {
  if (!isLoaded(loaded) || !('text' in loaded.content)) throw new CliError('The database has no mapping.');
  return loaded.content.text;
}

function fromDocument(source: string, document: unknown, held: ReadonlySet<string> | undefined): ImportedRoles {
  const roles = new Map<string, ImportedRole>();
  for (const [name, definition] of Object.entries(recordOf(memberOf(document, 'roles')))) {
    const role = importedRole(textIn(definition, 'description'));
    for (const member of ['permissions', 'deny', 'inherits'] as const)
      for (const entry of textsOf(memberOf(definition, member))) role[member].add(entry);
    roles.set(name, role);
  }
  const catalogue = Object.entries(recordOf(memberOf(document, 'permissions')));
  const permissions = new Map(catalogue.map(([name, description]) => [name, typeof description === 'string' ? description : '']));
  return { source, roles, permissions, hasPatterns: true, held, leftOut: [] };
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

interface Database {
  readonly pool: DatabaseMappingOptions['pool'];
  firstColumn(sql: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

async function openDatabase(url: string): Promise<Database> {
  if (/^postgres(ql)?:/i.test(url)) return openPostgres(url);
  if (/^(mysql|mariadb):/i.test(url)) return openMysql(url.replace(/^mariadb:/i, 'mysql:'));
  throw new CliError('The URL of the database must begin with postgres:// or mysql://.');
}

async function openPostgres(connectionString: string): Promise<Database> {
  const { default: pg } = await import('pg').catch(notInstalled('pg', 'Reading PostgreSQL'));
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 10_000, query_timeout: TIMEOUT_MS });
  return {
    pool,
    firstColumn: async (text) => {
      const { rows } = await pool.query<unknown[]>({ text, rowMode: 'array' });
      return rows.map((row) => String(row[0]));
    },
    close: () => pool.end(),
  };
}

async function openMysql(uri: string): Promise<Database> {
  const { createPool } = await import('mysql2/promise').catch(notInstalled('mysql2', 'Reading MySQL'));
  const pool = createPool({ uri, connectionLimit: 1, connectTimeout: 10_000 });
  return {
    pool: pool as unknown as DatabaseMappingOptions['pool'],
    firstColumn: async (sql) => {
      const [rows] = await pool.query({ sql, rowsAsArray: true, timeout: TIMEOUT_MS });
      return (rows as unknown as unknown[][]).map((row) => String(row[0]));
    },
    close: () => pool.end(),
  };
}
