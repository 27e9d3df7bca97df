import type { PostgresClient, PostgresPool } from './database-pool.interface.js';
import type { LentConnection, SqlDatabase } from './sql-database.interface.js';

/** PostgreSQL behind a pool of `pg`. */
export function postgresDatabase(pool: PostgresPool): SqlDatabase {
  return {
    name: 'PostgreSQL',
    maxNameLength: 63,
    begin: [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      // A reading given up at its deadline ends at the server too, where it may wait behind a lock. The deadline is a minute at most.
      'SET LOCAL statement_timeout = 60000',
      // A policy that hides rows, perhaps denials, is an error instead of a smaller mapping.
      'SET LOCAL row_security = off',
    ],
    isVersionedSql: `SELECT count(*) = 4 FROM pg_catalog.pg_trigger WHERE tgname = 'authz_mapping_changed' AND tgenabled IN ('O', 'A')
      AND tgrelid IN (to_regclass('roles'), to_regclass('permissions'), to_regclass('role_permissions'), to_regclass('role_inherits'))`,
    versionSql: 'SELECT version FROM authz_mapping_version',
    quote: '"',
    lend: async () => {
      // Without a listener, pg ends the process when an idle connection is lost. The next reading takes another one.
      pool.off('error', ignore);
      pool.on('error', ignore);
      return lent(await pool.connect());
    },
  };
}

function lent(client: PostgresClient): LentConnection {
  client.on('error', ignore); // a lost connection ends the process where nobody listens; the query at hand rejects as well
  const giveBack = (destroy: boolean) => {
    client.release(destroy);
    client.off('error', ignore);
  };
  return {
    query: async (text) => {
      const { rows, fields } = await client.query({ text, rowMode: 'array' });
      return { columns: fields.map(({ name }) => name), rows };
    },
    release: () => giveBack(false),
    destroy: () => giveBack(true),
  };
}

function ignore(): void {
  // The reading in which it happens fails and says so.
}
