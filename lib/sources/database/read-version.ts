import { shown } from '../../core/index.js';
import type { DatabaseMappingSettings } from './database-mapping-settings.js';
import type { Query } from './read-snapshot.js';

/** The state that the tables are in. */
export interface TableVersion {
  /** `change`: the number of the migration, which only grows. `version`: whatever the application's query yields. */
  readonly kind: 'change' | 'version';
  readonly value: string;
}

/**
 * Reads the state that the tables are in, as the application's query or the migration's table says. `undefined` where neither is there.
 * @throws Error if there is not one value that tells states apart.
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
    throw new Error(`${from} must yield one row with one value, got ${rows.length} rows of ${rows[0]?.length ?? 0} values`);
  // A Date has lost the microseconds, and a large number its last digits: two states would look the same.
  const isExact = typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isExact)
    throw new Error(
      `${from} must yield a text or a whole number, got ${shown(value)}: cast it to a text, and choose one in place of NULL`,
    );
  return String(value);
}
