import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { MysqlPool, PostgresPool } from './database-pool.interface.js';

/** Options of {@link databaseMapping}. */
export interface DatabaseMappingOptions extends RemoteMappingOptions {
  /** The application's own pool: a `Pool` of `pg`, or a pool made with `createPool` of `mysql2/promise`. */
  readonly pool: PostgresPool | MysqlPool;
  /** Names of the tables and their columns. Default: the names of the migration. Not together with `sql`. */
  readonly tables?: MappingTables;
  /**
   * A query that replaces the tables, with the columns `role` and `permission`, and `effect` (`allow` or `deny`) if there are denials; without
   * that column, all rows allow. The column `when` is a condition, or `NULL`. Roles then have no parents, and there is no catalogue. Write the query in your code: never build it from user input.
   */
  readonly sql?: string;
  /**
   * A query that returns one row with one value, a string or number that differs after every change. Default: the migration's
   * `authz_mapping_version`, if it exists and neither `tables` nor `sql` is set; otherwise the whole mapping is read and compared each time.
   */
  readonly versionSql?: string;
  /**
   * Whether to listen for notifications of PostgreSQL, on one connection of the pool that stays in use. The default of `channel` is the migration's
   * channel, `authz_mapping`. Default: false.
   */
  readonly listen?: boolean | { readonly channel?: string };
}

/**
 * Names exactly as the database stores them. They are quoted, so PostgreSQL distinguishes upper and lower case. Write a table of another schema as
 * `schema.table`.
 */
export interface MappingTables {
  /** All roles. Default: `roles` with `name`, `description`. `description: null`: the table has no such column. */
  readonly roles?: { readonly table?: string; readonly name?: string; readonly description?: string | null };
  /**
   * All permissions. A grant of a permission that is not in this table is a fault, unless the table is empty. Default: `permissions` with
   * `name`, `description`. `null`: the database has no such table.
   */
  readonly permissions?: { readonly table?: string; readonly name?: string; readonly description?: string | null } | null;
  /**
   * The permissions that each role allows and denies. Default: `role_permissions` with `role`, `permission`, `effect` (`allow` or `deny`). `effect: null`:
   * the table has no such column, and all rows allow. `when`: the column with the condition of a row, or `NULL`. Default: the column `when` if the table has
   * one. `when: null`: no row has a condition, whatever columns the table has.
   */
  readonly rolePermissions?: {
    readonly table?: string;
    readonly role?: string;
    readonly permission?: string;
    readonly effect?: string | null;
    readonly when?: string | null;
  };
  /** The roles that each role inherits from. Default: `role_inherits` with `role`, `parent`. `null`: the database has no such table. */
  readonly roleInherits?: { readonly table?: string; readonly role?: string; readonly parent?: string } | null;
}
