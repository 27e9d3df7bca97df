/** The tables of an internal user database. */
export type TableName = 'roles' | 'permissions' | 'role_permissions' | 'role_inherits' | 'user_roles';

/** One row, with the columns under the names that `columnName()` makes. */
export interface Row {
  /** Names it in messages. */
  readonly place: string;
  /** `null` is NULL: nothing is written there. */
  readonly values: ReadonlyMap<string, string | null>;
}

/** A table as it was found. */
export interface Table {
  /** Names it in messages, such as `roles.csv`. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** What the user says about the tables. */
export interface TableOptions {
  /** Which column is meant, by table and then by what it is: `permissions` → `name` → `code`. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Tables, and columns as `table.column`, that do not matter. */
  readonly ignored: ReadonlySet<string>;
}
