import {
  AuthzConfigError,
  isRecord,
  kindOf,
  memberPath,
  membersOf,
  optional,
  peek,
  readOptions,
  shown,
  stringOption,
} from '../../core/index.js';
import { REMOTE_MAPPING_OPTIONS, remoteMappingSettings, type RemoteMappingSettings } from '../../mapping/index.js';
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
  readonly remote: RemoteMappingSettings;
  readonly listen: { readonly pool: PostgresPool; readonly channel: string } | undefined;
}

const PLACE = 'databaseMapping()';
const MEMBERS = membersOf<DatabaseMappingOptions>()(['pool', 'tables', 'sql', 'versionSql', 'listen', ...REMOTE_MAPPING_OPTIONS]);
const at = (name: string) => memberPath(PLACE, name);

/** Reads and checks the options of the source. @throws AuthzConfigError */
export function databaseMappingSettings(options: DatabaseMappingOptions): DatabaseMappingSettings {
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: '{ pool }', isSecret: true });
  const { pool, tables } = given;
  const database = databaseOf(pool);
  const sql = optional(given.sql, (value) => stringOption(value, at('sql'), 'a query, as a string'));
  if (sql !== undefined && tables !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${at('sql')}" replaces the tables, so "${at('tables')}" has no effect beside it. Write one of them.`,
    );
  return {
    database,
    queries: sql === undefined ? queriesOfTables(tables, at('tables'), database) : queriesOfSql(sql),
    versionSql: optional(given.versionSql, (value) => stringOption(value, at('versionSql'), 'a query, as a string')),
    mayBeVersioned: sql === undefined && tables === undefined,
    listen: listenOption(given.listen, pool),
    remote: remoteMappingSettings(given, PLACE),
  };
}

function databaseOf(pool: unknown): SqlDatabase {
  if (isRecord(pool)) {
    if (typeof peek(pool, 'promise') === 'function')
      throw new AuthzConfigError(
        'AUTHZ_DATABASE_POOL',
        `"${at('pool')}" must be a pool with promises, got one of mysql2 with callbacks. Write pool: pool.promise().`,
      );
    if (typeof peek(pool, 'getConnection') === 'function') return mysqlDatabase(pool as unknown as MysqlPool);
    if (isPostgres(pool)) return postgresDatabase(pool);
  }
  // The message does not show the pool, which contains the password.
  throw new AuthzConfigError(
    'AUTHZ_DATABASE_POOL',
    `"${at('pool')}" must be a Pool of pg or of mysql2/promise, got ${kindOf(pool)}.`,
  );
}

function isPostgres(pool: unknown): pool is PostgresPool {
  // A single client has connect() too, but only a pool has the property `ending`.
  return (
    isRecord(pool) &&
    ['connect', 'on'].every((name) => typeof peek(pool, name) === 'function') &&
    typeof peek(pool, 'ending') === 'boolean'
  );
}

function listenOption(value: unknown, pool: unknown): DatabaseMappingSettings['listen'] {
  if (value === undefined || value === false) return undefined;
  if (value !== true && !isRecord(value))
    throw listenFault(`must be true, false (default) or { channel: '${CHANNEL}' }, got ${shown(value)}.`);
  if (!isPostgres(pool)) throw listenFault('needs PostgreSQL: MySQL does not announce changes. Leave it out.');
  if (pool.options?.max === 1)
    throw listenFault(
      'keeps one connection, and the pool has no second connection for reading. Give the pool a "max" of at least 2.',
    );
  return { pool, channel: value === true ? CHANNEL : channelOf(value) };
}

function listenFault(message: string): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_DATABASE_LISTEN', `"${at('listen')}" ${message}`);
}

function channelOf(value: unknown): string {
  const members = ['channel'] as const;
  const { channel } = readOptions(value, { place: `"${at('listen')}"`, members, example: `{ channel: '${CHANNEL}' }` });
  const what = 'the name of a channel, of 1 to 63 characters';
  return channel === undefined ? CHANNEL : stringOption(channel, at('listen.channel'), what, (text) => isSqlName(text, 63));
}
