/** A pool of the package `pg`, or one with the same methods. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** Whether the application has begun to close the pool. */
  readonly ending: boolean;
  readonly options?: { readonly max?: number | undefined };
}

/** A client of a {@link PostgresPool}. */
export interface PostgresClient {
  query(query: { text: string; rowMode: 'array' }): Promise<{ rows: unknown[][]; fields: { name: string }[] }>;
  /** Returns the client to the pool; `true` closes it. */
  release(destroy?: boolean): void;
  on(event: 'notification', listener: (message: { channel: string }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** Lets the process end while the connection is open. */
  unref?(): void;
}

/** A pool of `mysql2/promise`, or one with the same methods. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>;
}

/** A connection of a {@link MysqlPool}. */
export interface MysqlConnection {
  query(query: { sql: string; rowsAsArray: true }): Promise<[rows: unknown, fields: unknown]>;
  release(): void;
  /** Closes the connection. */
  destroy(): void;
}
