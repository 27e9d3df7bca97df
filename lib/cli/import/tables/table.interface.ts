/** The tables of an internal user database. */
export type TableName = 'roles' | 'permissions' | 'role_permissions' | 'role_inherits' | 'user_roles';

/** One row, with columns named as by `columnName()`. */
export interface Row {
  /** Name of the row in messages. */
  readonly place: string;
  /** `null` is NULL. */
  readonly values: ReadonlyMap<string, string | null>;
}

/** A table as read from the source. */
export interface Table {
  /** Name of the table in messages, such as `roles.csv`. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** The user's options about tables. */
export interface TableOptions {
  /** Columns by table and meaning: `permissions` → `name` → `code`. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Ignored tables, and ignored columns as `table.column`. */
  readonly ignored: ReadonlySet<string>;
}
