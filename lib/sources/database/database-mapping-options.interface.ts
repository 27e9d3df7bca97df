import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { MysqlPool, PostgresPool } from './database-pool.interface.js';

/** Options of {@link databaseMapping}. */
export interface DatabaseMappingOptions extends RemoteMappingOptions {
  /** The application's own pool: a `Pool` of `pg`, or one that `createPool` of `mysql2/promise` made. */
  readonly pool: PostgresPool | MysqlPool;
  /** What the tables and their columns are called. Default: the names of the migration. Not together with `sql`. */
  readonly tables?: MappingTables;
  /**
   * A query in place of the tables, with the columns `role`, `permission` and, where there are denials, `effect` (`allow` or `deny`; all
   * allow where there is no such column). Roles have no parents then, and there is no catalogue. The application's own text: never put
   * together from what a user typed.
   */
  readonly sql?: string;
  /**
   * A query that yields one row with one value, a text or number that is another after every change. Default: the migration's
   * `authz_mapping_version`, where it is there and neither `tables` nor `sql` is written; otherwise everything is read each time and
   * compared.
   */
  readonly versionSql?: string;
  /**
   * PostgreSQL: also listens for notifications, on a connection of its own that it keeps out of the pool. Default: false. The channel is
   * the migration's, `authz_mapping`, unless another is named.
   */
  readonly listen?: boolean | { readonly channel?: string };
}

/**
 * Names as the database stores them: they are quoted, so upper and lower case count in PostgreSQL. A table in another schema is written
 * `schema.table`.
 */
export interface MappingTables {
  /** Every role there is. Default: `roles` with `name`, `description`. `description: null`: there is no such column. */
  readonly roles?: { readonly table?: string; readonly name?: string; readonly description?: string | null };
  /**
   * Every permission there is; one that is granted and not in here is a fault, unless the table is empty. Default: `permissions` with
   * `name`, `description`. `null`: there is no such table.
   */
  readonly permissions?: { readonly table?: string; readonly name?: string; readonly description?: string | null } | null;
  /**
   * What a role grants and denies. Default: `role_permissions` with `role`, `permission`, `effect` (`allow` or `deny`). `effect: null`:
   * there is no such column, and all allow.
   */
  readonly rolePermissions?: {
    readonly table?: string;
    readonly role?: string;
    readonly permission?: string;
    readonly effect?: string | null;
  };
  /** The roles that a role inherits from. Default: `role_inherits` with `role`, `parent`. `null`: there is no such table. */
  readonly roleInherits?: { readonly table?: string; readonly role?: string; readonly parent?: string } | null;
}
