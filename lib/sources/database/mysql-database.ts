import type { MysqlConnection, MysqlPool } from './database-pool.interface.js';
import type { LentConnection, SqlDatabase } from './sql-database.interface.js';

/** Reads MySQL or MariaDB through a pool of `mysql2/promise`. */
export function mysqlDatabase(pool: MysqlPool): SqlDatabase {
  return {
    name: 'MySQL',
    maxNameLength: 64,
    begin: [
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', // the default of a session may be a level at which each query has its own snapshot
      'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    ],
    isVersionedSql: `SELECT count(*) FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name = 'authz_mapping_version'`,
    // TRUNCATE fires no trigger, so the version also has whether each table has rows.
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
      // A statement without rows returns a header instead.
      if (!Array.isArray(rows) || !Array.isArray(fields)) return { columns: [], rows: [] };
      return { columns: (fields as { name: string }[]).map(({ name }) => name), rows: rows as unknown[][] };
    },
    release: () => connection.release(),
    destroy: () => connection.destroy(),
  };
}
