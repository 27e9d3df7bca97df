/** Result of a query. */
export interface SqlRows {
  readonly columns: readonly string[];
  /** The values of each row, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
}

/** A connection taken from the pool. */
export interface LentConnection {
  query(sql: string): Promise<SqlRows>;
  /** Returns it to the pool. */
  release(): void;
  /** Closes it, even during a query. */
  destroy(): void;
}

/** What differs between the databases. */
export interface SqlDatabase {
  /** Name for logs and messages. */
  readonly name: 'PostgreSQL' | 'MySQL';
  /** Longest name of a table or column, in characters. */
  readonly maxNameLength: number;
  /** Statements that begin a read-only transaction with one snapshot of all tables. */
  readonly begin: readonly string[];
  /** Query for one value: 1 or `true` if the migration's triggers keep the version of the migration's tables. */
  readonly isVersionedSql: string;
  /** Query for the migration's version. */
  readonly versionSql: string;
  /** The character around a quoted name. */
  readonly quote: '"' | '`';
  /** Takes a connection from the pool. */
  lend(): Promise<LentConnection>;
}
