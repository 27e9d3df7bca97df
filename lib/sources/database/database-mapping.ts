import { createHash } from 'node:crypto';
import { MappingError, remoteMapping, type FetchedMapping, type MappingSource } from '../../mapping/index.js';
import type { DatabaseMappingOptions } from './database-mapping-options.interface.js';
import { databaseMappingSettings, type DatabaseMappingSettings } from './database-mapping-settings.js';
import { listenPostgres } from './listen-postgres.js';
import { mappingText } from './mapping-text.js';
import { readMappingRows } from './read-mapping-rows.js';
import { snapshotReader, type ReadSnapshot } from './read-snapshot.js';
import { readVersion } from './read-version.js';

/**
 * A mapping in ordinary tables of the application's own database, read through its own pool: PostgreSQL by `pg`, MySQL or MariaDB by
 * `mysql2/promise`. All tables are read in one transaction that sees one state of them; where a version is kept, only when it has changed.
 *
 * @throws AuthzConfigError naming the first option that is wrong.
 */
export function databaseMapping(options: DatabaseMappingOptions): MappingSource {
  const settings = databaseMappingSettings(options);
  const { database, listen } = settings;
  const fetch = fetcher(settings, snapshotReader(database), options.allowRollback === true);
  return remoteMapping(
    {
      name: database.name,
      fetch,
      ...(listen !== undefined && { listen: (changed, note) => listenPostgres(listen, changed, note) }),
    },
    options,
  );
}

type Fetch = (version: string | undefined, signal: AbortSignal) => Promise<FetchedMapping | 'unchanged'>;

function fetcher(settings: DatabaseMappingSettings, readSnapshot: ReadSnapshot, allowRollback: boolean): Fetch {
  const { database, queries, versionSql } = settings;
  // A copy on disk may be of an earlier release that asked for something else: its version says nothing about what this one reads.
  const asked = digest(JSON.stringify([queries, versionSql])).slice(0, 16);
  // The version in use is not always known: a document that could not be kept on disk is asked for again as a whole.
  let newest: string | undefined;
  return async (known, signal) => {
    if (known !== undefined) newest = known;
    try {
      const read = await readSnapshot(signal, async (query) => {
        const version = await readVersion(query, settings);
        const named = version && `${asked} ${version.kind} ${version.value}`;
        if (!allowRollback) refuseOlder(named, newest);
        return named !== undefined && named === known ? 'unchanged' : { named, rows: await readMappingRows(query, queries) };
      });
      if (read === 'unchanged') return 'unchanged';
      const text = await mappingText(database.name, read.rows);
      const version = read.named ?? `${asked} digest ${digest(text)}`;
      return version === known ? 'unchanged' : { text, version };
    } catch (error) {
      throw explained(error);
    }
  };
}

/** Compares the migration's numbers. The one before may be that of a copy on disk, also of an earlier release that asked for something else. */
function refuseOlder(named: string | undefined, known: string | undefined): void {
  const [next, before] = [changeOf(named), changeOf(known)];
  if (next === undefined || before === undefined || next >= before) return;
  throw new Error(
    `the tables are at version ${next}, older than ${before}, which was read before: the connection goes to a standby server that lags, or the ` +
      'database was restored. Read from the primary server. To use the older state, run the migration again or write allowRollback: true',
  );
}

function changeOf(version: string | undefined): bigint | undefined {
  const [, digits] = / change (\d{1,20})\b/.exec(version ?? '') ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the databases call a table or column that is not there. */
const MISSING = ['42P01', '42703', 'ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR'];

/** The database's own words with its code, which alone says anything where a host has several addresses and none answers. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MappingError || !('code' in error)) return error;
  const code = String(error.code);
  const hint = MISSING.includes(code) ? ' Name your own in "tables", or create them with the migration.' : '';
  return new Error(`${[error.message, `(${code})`].filter(Boolean).join(' ')}.${hint}`, { cause: error });
}
