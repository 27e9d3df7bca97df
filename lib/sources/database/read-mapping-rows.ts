import { didYouMean, shown } from '../../core/index.js';
import { MAX_ROWS, type GrantsQuery, type MappingQueries, type MappingQuery } from './mapping-queries.js';
import type { Query } from './read-snapshot.js';

type Rows = readonly (readonly unknown[])[];

/** The rows of a mapping, by the query that read them. */
export interface MappingRows {
  /** Name and description of each role; `undefined` if only the grants name roles. */
  readonly roles: Rows | undefined;
  /** Name and description of each permission of the catalogue. */
  readonly permissions: Rows;
  /** Role, permission, effect and condition. */
  readonly grants: Rows;
  /** Role and parent. */
  readonly inherits: Rows;
}

const GRANT_COLUMNS = ['role', 'permission', 'effect', 'when'];

/** @throws Error if there are too many rows, or the application's own query has the wrong columns. */
export async function readMappingRows(
  query: Query,
  { roles, permissions, grants, inherits }: MappingQueries,
): Promise<MappingRows> {
  const rowsOf = async (source: MappingQuery | undefined): Promise<Rows> =>
    source === undefined ? [] : bounded(source, (await query(source.sql)).rows);
  return {
    roles: roles === undefined ? undefined : await rowsOf(roles),
    permissions: await rowsOf(permissions),
    grants: roles === undefined ? await ownGrants(query, grants) : await rowsOf(await detected(query, grants)),
    inherits: await rowsOf(inherits),
  };
}

/** Returns the query for the columns that the table has. */
async function detected(query: Query, { detect, ...grants }: GrantsQuery): Promise<MappingQuery> {
  if (detect === undefined) return grants;
  const { columns } = await query(detect.columnsSql);
  // MySQL ignores case in names of columns. In PostgreSQL the query for a column "WHEN" fails, so that the conditions in it are not ignored.
  const hasConditions = columns.some((name) => name.toLowerCase() === 'when');
  return hasConditions ? { ...grants, sql: detect.conditionalSql } : grants;
}

async function ownGrants(query: Query, source: MappingQuery): Promise<Rows> {
  const { columns, rows } = await query(source.sql);
  for (const name of columns)
    // An ignored misspelt `effect` would turn denials into grants, and an ignored `when` conditional grants into unconditional ones.
    if (!GRANT_COLUMNS.includes(name))
      throw new Error(
        `${source.place} returns the unknown column ${shown(name)}.${didYouMean(name, GRANT_COLUMNS)} Its columns may be: ${GRANT_COLUMNS.join(', ')}`,
      );
  const [role, permission, effect, when] = GRANT_COLUMNS.map((name) => columns.indexOf(name)) as [number, number, number, number];
  if (role < 0 || permission < 0)
    throw new Error(`${source.place} returns no column "${role < 0 ? 'role' : 'permission'}": name it with AS`);
  return bounded(source, rows).map((row) => [
    row[role],
    row[permission],
    effect < 0 ? 'allow' : row[effect],
    when < 0 ? null : row[when],
  ]);
}

function bounded({ place }: MappingQuery, rows: Rows): Rows {
  if (rows.length > MAX_ROWS) throw new Error(`${place} has more than ${MAX_ROWS} rows, which is the limit`);
  return rows;
}
