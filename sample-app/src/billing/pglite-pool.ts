import type { PGlite } from '@electric-sql/pglite';
import type { PostgresClient, PostgresPool } from 'nestjs-authz/database';

/**
 * PGlite as a pool of one connection, lent to one borrower at a time; the queries of others wait. With a real server you need none of this:
 * `new Pool({ connectionString })` of the package `pg` is such a pool.
 */
export function poolOf(database: PGlite): PostgresPool {
  return { connect: () => lend(database), ...SILENT, ending: false, options: { max: 1 } };
}

/** A database inside this process loses no connection, so there is nothing to hear. */
const SILENT = { on: () => undefined, off: () => undefined };

/** PGlite keeps its connection for one borrower by a transaction of its own. The borrower's lies in it and ends it. */
function lend(database: PGlite): Promise<PostgresClient> {
  return new Promise((resolve, reject) => {
    database
      .transaction(
        ({ query }) =>
          new Promise<void>((release) => {
            resolve({
              ...SILENT,
              query: ({ text, rowMode }) => query<unknown[]>(text, [], { rowMode }),
              release: () => release(),
            });
          }),
      )
      .catch(reject);
  });
}
