import { didYouMean, shown } from '../../core/index.js';
import { MAX_ROWS, type MappingQueries, type MappingQuery } from './mapping-queries.js';
import type { Query } from './read-snapshot.js';

type Rows = readonly (readonly unknown[])[];

/** The rows that make a mapping, and where each came from. */
export interface MappingRows {
  /** Name and description of each role; `undefined` where the grants alone name them. */
  readonly roles: Rows | undefined;
  /** Name and description of each permission of the catalogue. */
  readonly permissions: Rows;
  /** Role, permission and effect. */
  readonly grants: Rows;
  /** Role and parent. */
  readonly inherits: Rows;
}

const GRANT_COLUMNS = ['role', 'permission', 'effect'];

/** @throws Error if there are more rows than are read, or the application's own query yields other columns than it must. */
export async function readMappingRows(
  query: Query,
  { roles, permissions, grants, inherits }: MappingQueries,
): Promise<MappingRows> {
  const rowsOf = async (asked: MappingQuery | undefined): Promise<Rows> =>
    asked === undefined ? [] : bounded(asked, (await query(asked.sql)).rows);
  return {
    roles: roles === undefined ? undefined : await rowsOf(roles),
    permissions: await rowsOf(permissions),
    grants: roles === undefined ? await ownGrants(query, grants) : await rowsOf(grants),
    inherits: await rowsOf(inherits),
  };
}

async function ownGrants(query: Query, asked: MappingQuery): Promise<Rows> {
  const { columns, rows } = await query(asked.sql);
  for (const name of columns)
    // A misspelt effect would otherwise turn denials into grants.
    if (!GRANT_COLUMNS.includes(name))
      throw new Error(
        `${asked.asks} yields a column ${shown(name)}, which nobody reads.${didYouMean(name, GRANT_COLUMNS)} It may yield: ${GRANT_COLUMNS.join(', ')}`,
      );
  const [role, permission, effect] = GRANT_COLUMNS.map((name) => columns.indexOf(name)) as [number, number, number];
  if (role < 0 || permission < 0)
    throw new Error(`${asked.asks} yields no column "${role < 0 ? 'role' : 'permission'}": name it with AS`);
  return bounded(asked, rows).map((row) => [row[role], row[permission], effect < 0 ? 'allow' : row[effect]]);
}

function bounded({ asks }: MappingQuery, rows: Rows): Rows {
  if (rows.length > MAX_ROWS) throw new Error(`${asks} has more than ${MAX_ROWS} rows, the most that are read`);
  return rows;
}
