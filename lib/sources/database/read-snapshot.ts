import type { LentConnection, SqlDatabase, SqlRows } from './sql-database.interface.js';

/** Runs one query in the current snapshot. */
export type Query = (sql: string) => Promise<SqlRows>;

/** Runs `read` in a transaction of its own, in which every query sees the same state of the database. */
export type ReadSnapshot = <Result>(signal: AbortSignal, read: (query: Query) => Promise<Result>) => Promise<Result>;

/**
 * Reads snapshots, one connection at a time. A connection is returned to the pool only after a complete read. After an error or an abort it is
 * closed, because its state is unknown.
 */
export function snapshotReader(database: SqlDatabase): ReadSnapshot {
  let isOwed = false;

  const lend = async (signal: AbortSignal): Promise<LentConnection> => {
    // Otherwise every poll would add one more waiting request to a pool that hangs.
    if (isOwed) throw new Error('the pool has not yet provided the connection of an earlier read');
    isOwed = true;
    const lending = database.lend().finally(() => (isOwed = false));
    const inTime = lending.then((connection) => {
      if (!signal.aborted) return connection;
      connection.release(); // the read was aborted meanwhile
      throw signal.reason;
    });
    return orAbort(inTime, signal);
  };

  return async (signal, read) => {
    const connection = await lend(signal);
    let isClean = false;
    try {
      const result = await orAbort(
        (async () => {
          for (const statement of database.begin) await connection.query(statement);
          const found = await read((sql) => connection.query(sql));
          await connection.query('ROLLBACK');
          return found;
        })(),
        signal,
      );
      isClean = true;
      return result;
    } finally {
      if (isClean) connection.release();
      else connection.destroy();
    }
  };
}

/** Settles as the work does, or rejects when the signal is aborted first. */
async function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
