/** A pool of the package `pg`, or one that behaves as it does. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** Whether the application has begun to close it. */
  readonly ending: boolean;
  readonly options?: { readonly max?: number | undefined };
}

/** A client that a {@link PostgresPool} lent. */
export interface PostgresClient {
  query(query: { text: string; rowMode: 'array' }): Promise<{ rows: unknown[][]; fields: { name: string }[] }>;
  /** Hands it back; `true` closes it. */
  release(destroy?: boolean): void;
  on(event: 'notification', listener: (message: { channel: string }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** Lets the process end while the connection is open. */
  unref?(): void;
}

/** A pool of `mysql2/promise`, or one that behaves as it does. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>;
}

/** A connection that a {@link MysqlPool} lent. */
export interface MysqlConnection {
  query(query: { sql: string; rowsAsArray: true }): Promise<[rows: unknown, fields: unknown]>;
  release(): void;
  /** Closes it. */
  destroy(): void;
}
