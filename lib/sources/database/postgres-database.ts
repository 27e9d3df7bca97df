import type { PostgresClient, PostgresPool } from './database-pool.interface.js';
import type { LentConnection, SqlDatabase } from './sql-database.interface.js';

/** Reads PostgreSQL through a pool of `pg`. */
export function postgresDatabase(pool: PostgresPool): SqlDatabase {
  return {
    name: 'PostgreSQL',
    maxNameLength: 63,
    begin: [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      // The server cancels a query that timed out here, even one that waits for a lock. The longest timeout is a minute.
      'SET LOCAL statement_timeout = 60000',
      // A row-level policy that hides rows, perhaps denials, becomes an error instead of a smaller mapping.
      'SET LOCAL row_security = off',
    ],
    isVersionedSql: `SELECT count(*) = 4 FROM pg_catalog.pg_trigger WHERE tgname = 'authz_mapping_changed' AND tgenabled IN ('O', 'A')
      AND tgrelid IN (to_regclass('roles'), to_regclass('permissions'), to_regclass('role_permissions'), to_regclass('role_inherits'))`,
    versionSql: 'SELECT version FROM authz_mapping_version',
    quote: '"',
    lend: async () => {
      // Without a listener, pg ends the process when an idle connection is lost. The next read takes another connection.
      pool.off('error', ignore);
      pool.on('error', ignore);
      return lent(await pool.connect());
    },
  };
}

function lent(client: PostgresClient): LentConnection {
  client.on('error', ignore); // an unhandled error event would end the process; the running query rejects as well
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
  // The running query rejects with the same error.
}
