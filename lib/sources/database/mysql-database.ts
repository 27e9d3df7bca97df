import type { MysqlConnection, MysqlPool } from './database-pool.interface.js';
import type { LentConnection, SqlDatabase } from './sql-database.interface.js';

/** MySQL or MariaDB behind a pool of `mysql2/promise`. */
export function mysqlDatabase(pool: MysqlPool): SqlDatabase {
  return {
    name: 'MySQL',
    maxNameLength: 64,
    begin: [
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', // a session may be set to another, in which each query sees a state of its own
      'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    ],
    isVersionedSql: `SELECT count(*) FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name = 'authz_mapping_version'`,
    // TRUNCATE fires no trigger here, so it counts as well whether there is anything in a table.
    versionSql: `SELECT CAST(CONCAT_WS(' ', version, EXISTS (SELECT 1 FROM roles), EXISTS (SELECT 1 FROM permissions),
      EXISTS (SELECT 1 FROM role_permissions), EXISTS (SELECT 1 FROM role_inherits)) AS CHAR) FROM authz_mapping_version`,
    quote: '`',
    lend: async () => lent(await pool.getConnection()),
  };
}

function lent(connection: MysqlConnection): LentConnection {
  return {
    query: async (sql) => {
      const [rows, fields] = await connection.query({ sql, rowsAsArray: true });
      // A statement that yields no rows yields a header in their place.
      if (!Array.isArray(rows) || !Array.isArray(fields)) return { columns: [], rows: [] };
      return { columns: (fields as { name: string }[]).map(({ name }) => name), rows: rows as unknown[][] };
    },
    release: () => connection.release(),
    destroy: () => connection.destroy(),
  };
}
