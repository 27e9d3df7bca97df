/** What a query yielded. */
export interface SqlRows {
  readonly columns: readonly string[];
  /** The values of each row, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
}

/** One connection lent by the pool. */
export interface LentConnection {
  query(sql: string): Promise<SqlRows>;
  /** Hands it back to the pool. */
  release(): void;
  /** Closes it, whatever it is in the middle of. */
  destroy(): void;
}

/** What differs between the databases. */
export interface SqlDatabase {
  /** Names it in logs and messages. */
  readonly name: 'PostgreSQL' | 'MySQL';
  /** Longest name of a table or column, in characters. */
  readonly maxNameLength: number;
  /** Statements that begin a transaction which sees one state of all tables and writes nothing. */
  readonly begin: readonly string[];
  /** Yields one value, 1 or `true` where the migration's version table counts what happens to the migration's tables. */
  readonly isVersionedSql: string;
  /** Yields the migration's version. */
  readonly versionSql: string;
  /** The character around a quoted name. */
  readonly quote: '"' | '`';
  /** Asks the pool for a connection. */
  lend(): Promise<LentConnection>;
}
