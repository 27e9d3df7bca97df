import type { PGlite } from '@electric-sql/pglite';
import type { PostgresClient, PostgresPool } from 'nestjs-authz/database';

/**
 * Wraps PGlite as a pool of one connection: one client at a time, the others wait. With a real server use
 * `new Pool({ connectionString })` of the package `pg` instead.
 */
export function poolOf(database: PGlite): PostgresPool {
  return { connect: () => lend(database), ...SILENT, ending: false, options: { max: 1 } };
}

/** A database inside this process never loses its connection, so it emits no events. */
const SILENT = { on: () => undefined, off: () => undefined };

/** PGlite reserves its connection by a transaction. The client's own transaction runs inside it and ends it. */
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
