import { createHash } from 'node:crypto';
import { MappingError, remoteMappingOf, type FetchedMapping, type MappingSource } from '../../mapping/index.js';
import type { DatabaseMappingOptions } from './database-mapping-options.interface.js';
import { databaseMappingSettings, type DatabaseMappingSettings } from './database-mapping-settings.js';
import { listenPostgres } from './listen-postgres.js';
import { mappingJson } from './mapping-json.js';
import { readMappingRows } from './read-mapping-rows.js';
import { snapshotReader, type ReadSnapshot } from './read-snapshot.js';
import { readVersion } from './read-version.js';

/**
 * Reads a mapping from ordinary tables of the application's own database, through its own pool: PostgreSQL with `pg`, MySQL or MariaDB with
 * `mysql2/promise`. All tables are read in one transaction with one snapshot; if there is a version, only when it has changed.
 *
 * @throws AuthzConfigError about the first wrong option.
 */
export function databaseMapping(options: DatabaseMappingOptions): MappingSource {
  const settings = databaseMappingSettings(options);
  const { database, listen, remote } = settings;
  const fetch = fetcher(settings, snapshotReader(database), remote.allowRollback);
  return remoteMappingOf(
    {
      name: database.name,
      fetch,
      ...(listen !== undefined && { listen: (changed, note) => listenPostgres(listen, changed, note) }),
    },
    remote,
  );
}

type Fetch = (version: string | undefined, signal: AbortSignal) => Promise<FetchedMapping | 'unchanged'>;

function fetcher(settings: DatabaseMappingSettings, readSnapshot: ReadSnapshot, allowRollback: boolean): Fetch {
  const { database, queries, versionSql } = settings;
  // The disk copy may be of an earlier release with other queries. Its version then says nothing about what this one reads.
  const queriesDigest = digest(JSON.stringify([queries, versionSql])).slice(0, 16);
  // The version in use is not always known: a document that could not be written to disk is requested again as a whole.
  let newest: string | undefined;
  return async (known, signal) => {
    if (known !== undefined) newest = known;
    try {
      const read = await readSnapshot(signal, async (query) => {
        const version = await readVersion(query, settings);
        const named = version && `${queriesDigest} ${version.kind} ${version.value}`;
        if (!allowRollback) refuseOlder(named, newest);
        return named !== undefined && named === known ? 'unchanged' : { named, rows: await readMappingRows(query, queries) };
      });
      if (read === 'unchanged') return 'unchanged';
      const text = await mappingJson(database.name, read.rows);
      const version = read.named ?? `${queriesDigest} digest ${digest(text)}`;
      return version === known ? 'unchanged' : { text, version };
    } catch (error) {
      throw explained(error);
    }
  };
}

/** Rejects an older number of the migration. The one before may be of a disk copy, also of an earlier release with other queries. */
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

/** Error codes of the databases for a missing table or column. */
const MISSING = ['42P01', '42703', 'ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR'];

/** Adds the code to the database's message. If a host has several addresses and all fail, the message is empty. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MappingError || !('code' in error)) return error;
  const code = String(error.code);
  const hint = MISSING.includes(code) ? ' Name your own tables in "tables", or create these with the migration.' : '';
  return new Error(`${[error.message, `(${code})`].filter(Boolean).join(' ')}.${hint}`, { cause: error });
}
