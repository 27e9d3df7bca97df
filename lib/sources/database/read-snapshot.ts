import type { LentConnection, SqlDatabase, SqlRows } from './sql-database.interface.js';

/** Runs one query in the snapshot at hand. */
export type Query = (sql: string) => Promise<SqlRows>;

/** Runs `read` in a transaction of its own, in which every query sees the same state of the database. */
export type ReadSnapshot = <Result>(signal: AbortSignal, read: (query: Query) => Promise<Result>) => Promise<Result>;

/**
 * Reads snapshots, one connection at a time. The connection goes back to the pool clean: one on which anything failed, or that was given
 * up in the middle, is closed, since nobody knows what state it is in.
 */
export function snapshotReader(database: SqlDatabase): ReadSnapshot {
  let isOwed = false;

  const lend = async (signal: AbortSignal): Promise<LentConnection> => {
    // A pool that hangs would otherwise have one more request waiting after every poll.
    if (isOwed) throw new Error('the pool has not given the connection yet that it was asked for earlier');
    isOwed = true;
    const lending = database.lend().finally(() => (isOwed = false));
    const inTime = lending.then((connection) => {
      if (!signal.aborted) return connection;
      connection.release(); // it came too late: nobody waits for it any more
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

/** The work's own end, or a rejection when the signal comes first. */
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
