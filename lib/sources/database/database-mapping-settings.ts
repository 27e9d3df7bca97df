import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import { REMOTE_MAPPING_OPTIONS } from '../../mapping/index.js';
import type { DatabaseMappingOptions } from './database-mapping-options.interface.js';
import type { MysqlPool, PostgresPool } from './database-pool.interface.js';
import { queriesOfSql, queriesOfTables, type MappingQueries } from './mapping-queries.js';
import { mysqlDatabase } from './mysql-database.js';
import { postgresDatabase } from './postgres-database.js';
import { isSqlName } from './quoted-name.js';
import type { SqlDatabase } from './sql-database.interface.js';

/** The channel that the migration's triggers notify. */
const CHANNEL = 'authz_mapping';

/** The options of the source, checked and complete. */
export interface DatabaseMappingSettings {
  readonly database: SqlDatabase;
  readonly queries: MappingQueries;
  /** The application's own query for the version. */
  readonly versionSql: string | undefined;
  /** Whether the migration's version may be used: it covers the migration's tables only. */
  readonly mayBeVersioned: boolean;
  readonly listen: { readonly pool: PostgresPool; readonly channel: string } | undefined;
}

/** @throws AuthzConfigError naming the first option that is wrong. */
export function databaseMappingSettings(options: DatabaseMappingOptions): DatabaseMappingSettings {
  if (!isRecord(options))
    throw new AuthzConfigError('AUTHZ_DATABASE', `databaseMapping() needs its options, such as { pool }, got ${shown(options)}.`);
  refuseUnknownMembers(
    options,
    ['pool', 'tables', 'sql', 'versionSql', 'listen', ...REMOTE_MAPPING_OPTIONS],
    'databaseMapping()',
  );
  const { pool, tables } = options;
  const database = databaseOf(pool);
  const sql = sqlOption(options.sql, 'sql');
  if (sql !== undefined && tables !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_DATABASE_SQL',
      '"sql" stands in place of the tables: write either "sql" or "tables", not both.',
    );
  return {
    database,
    queries: sql === undefined ? queriesOfTables(tables, database) : queriesOfSql(sql),
    versionSql: sqlOption(options.versionSql, 'versionSql'),
    mayBeVersioned: sql === undefined && tables === undefined,
    listen: listenOption(options.listen, pool),
  };
}

function databaseOf(pool: unknown): SqlDatabase {
  if (isRecord(pool)) {
    if (typeof pool['promise'] === 'function')
      throw new AuthzConfigError('AUTHZ_DATABASE_POOL', '"pool" is one of mysql2 with callbacks: write pool: pool.promise().');
    if (typeof pool['getConnection'] === 'function') return mysqlDatabase(pool as unknown as MysqlPool);
    if (isPostgres(pool)) return postgresDatabase(pool);
  }
  throw new AuthzConfigError(
    'AUTHZ_DATABASE_POOL',
    // The pool is not shown: it contains the password.
    `"pool" must be a Pool of pg or of mysql2/promise, got ${pool === null ? 'null' : `a value of type ${typeof pool}`} that is neither.`,
  );
}

function isPostgres(pool: unknown): pool is PostgresPool {
  // A single client can connect, too, but only a pool tells whether it is ending.
  return (
    isRecord(pool) && ['connect', 'on'].every((name) => typeof pool[name] === 'function') && typeof pool['ending'] === 'boolean'
  );
}

function sqlOption(value: unknown, option: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new AuthzConfigError('AUTHZ_DATABASE_SQL', `"${option}" must be the text of a query, got ${shown(value)}.`);
}

function listenOption(value: unknown, pool: unknown): DatabaseMappingSettings['listen'] {
  if (value === undefined || value === false) return undefined;
  if (value !== true && !isRecord(value))
    throw new AuthzConfigError(
      'AUTHZ_DATABASE_LISTEN',
      `"listen" must be true, false (default) or { channel: '${CHANNEL}' }, got ${shown(value)}.`,
    );
  if (!isPostgres(pool))
    throw new AuthzConfigError('AUTHZ_DATABASE_LISTEN', '"listen" is for PostgreSQL: MySQL announces nothing. Leave it out.');
  if (pool.options?.max === 1)
    throw new AuthzConfigError(
      'AUTHZ_DATABASE_LISTEN',
      '"listen" keeps one connection, and the pool has no other to read with: give it a "max" of at least 2.',
    );
  return { pool, channel: value === true ? CHANNEL : channelOf(value) };
}

function channelOf(value: Record<string, unknown>): string {
  refuseUnknownMembers(value, ['channel'], '"listen"');
  const { channel = CHANNEL } = value;
  if (isSqlName(channel, 63)) return channel;
  throw new AuthzConfigError(
    'AUTHZ_DATABASE_LISTEN',
    `"listen.channel" must be the name of a channel, of 1 to 63 characters, got ${shown(channel)}.`,
  );
}
