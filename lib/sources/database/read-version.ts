import { shown } from '../../core/index.js';
import type { DatabaseMappingSettings } from './database-mapping-settings.js';
import type { Query } from './read-snapshot.js';

/** Version of the tables' content. */
export interface TableVersion {
  /** `change`: the migration's number, which only grows. `version`: the value of the application's query. */
  readonly kind: 'change' | 'version';
  readonly value: string;
}

/**
 * Reads the version with the application's query, or from the migration's table. `undefined` if there is neither.
 * @throws Error if the query does not return one value that distinguishes states.
 */
export async function readVersion(
  query: Query,
  { database, versionSql, mayBeVersioned }: Pick<DatabaseMappingSettings, 'database' | 'versionSql' | 'mayBeVersioned'>,
): Promise<TableVersion | undefined> {
  if (versionSql !== undefined) return { kind: 'version', value: versionOf((await query(versionSql)).rows, '"versionSql"') };
  if (!mayBeVersioned) return undefined;
  const isVersioned = Number((await query(database.isVersionedSql)).rows[0]?.[0]) === 1;
  if (!isVersioned) return undefined;
  return { kind: 'change', value: versionOf((await query(database.versionSql)).rows, 'the table "authz_mapping_version"') };
}

function versionOf(rows: readonly (readonly unknown[])[], from: string): string {
  const value = rows[0]?.[0];
  if (rows.length !== 1 || rows[0]?.length !== 1)
    throw new Error(`${from} must return one row with one value, got ${rows.length} rows of ${rows[0]?.length ?? 0} values`);
  // A Date has lost the microseconds, and a large number its last digits, so two states could look the same.
  const isExact = typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isExact)
    throw new Error(
      `${from} must return a string or a whole number, got ${shown(value)}: cast it to text, and replace NULL with COALESCE`,
    );
  return String(value);
}
