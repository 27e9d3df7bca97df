import { setImmediate } from 'node:timers/promises';
import { didYouMean, shown } from '../../core/index.js';
import { MappingError, type MappingFault } from '../../mapping/index.js';
import type { MappingRows } from './read-mapping-rows.js';

/** Rows processed in one turn of the event loop. */
const SLICE = 5000;
/** Most faults in one error. */
const MAX_FAULTS = 20;

/** Permissions with their conditions; `null`: without a condition. */
type Entries = Map<string, Set<string | null>>;

interface Role {
  readonly description: string | undefined;
  readonly permissions: Entries;
  readonly deny: Entries;
  readonly inherits: Set<string>;
}

/**
 * Makes the mapping document from the rows, as JSON. The order of the rows does not change the document. Names are written as strings and never
 * become keys of an object, so `__proto__` is a name like any other.
 *
 * @throws MappingError with the rows that cannot be read. Faults of the document itself, such as a wrong pattern, are found later.
 */
export async function mappingJson(source: string, rows: MappingRows): Promise<string> {
  const faults = new RowFaults(source);
  const roles = await rolesOf(rows, faults);
  const catalogue = await descriptionsOf('permissions', rows.permissions, faults);
  faults.throwIfAny();
  const rolesJson = await members(roles, ({ description, permissions, deny, inherits }) =>
    JSON.stringify({ description, permissions: written(permissions), deny: written(deny), inherits: sorted(inherits) }),
  );
  if (catalogue.size === 0) return `{"roles":${rolesJson}}`;
  return `{"roles":${rolesJson},"permissions":${await members(catalogue, (description = '') => JSON.stringify(description))}}`;
}

async function rolesOf(rows: MappingRows, faults: RowFaults): Promise<ReadonlyMap<string, Role>> {
  const described = await descriptionsOf('roles', rows.roles ?? [], faults);
  const roles = new Map<string, Role>();
  const add = (name: string) => {
    const role = {
      description: described.get(name),
      permissions: new Map() as Entries,
      deny: new Map() as Entries,
      inherits: new Set<string>(),
    };
    roles.set(name, role);
    return role;
  };
  for (const name of described.keys()) add(name);
  const roleOf = (kind: string, row: readonly unknown[], name: string): Role | undefined => {
    const role = roles.get(name) ?? (rows.roles === undefined ? add(name) : undefined);
    if (role === undefined) faults.add(kind, row, () => `there is no role ${shown(name)}.${didYouMean(name, roles.keys())}`);
    return role;
  };
  await eachRow(rows.grants, (grant) => {
    const [role, permission, effect, when = null] = grant;
    const row = when === null ? grant.slice(0, 3) : grant; // as messages show it
    if (!areNames('grant', row.slice(0, 2), row, faults)) return;
    if (effect !== 'allow' && effect !== 'deny')
      faults.add('grant', row, () => `the effect must be 'allow' or 'deny', got ${shown(effect)}.`);
    else if (when !== null && typeof when !== 'string')
      faults.add('grant', row, () => `the condition must be a string or NULL, got ${shown(when)}.`);
    else addEntry(roleOf('grant', row, role as string)?.[effect === 'deny' ? 'deny' : 'permissions'], permission as string, when);
  });
  await eachRow(rows.inherits, (row) => {
    if (areNames('inheritance', row, row, faults)) roleOf('inheritance', row, row[0] as string)?.inherits.add(row[1] as string);
  });
  return roles;
}

async function descriptionsOf(
  kind: string,
  rows: readonly (readonly unknown[])[],
  faults: RowFaults,
): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  await eachRow(rows, (row) => {
    const [name, description] = row;
    if (!areNames(kind, [name], row, faults)) return;
    if (description !== null && typeof description !== 'string')
      faults.add(kind, row, () => `the description must be a string or NULL, got ${shown(description)}.`);
    // In a table with the roles of several tenants or applications, one would get the other's permissions.
    else if (found.has(name as string)) faults.add(kind, row, () => 'there are two rows with this name.');
    else found.set(name as string, description ?? undefined);
  });
  return found;
}

function areNames(kind: string, names: readonly unknown[], row: readonly unknown[], faults: RowFaults): boolean {
  const isWrong = (name: unknown) => typeof name !== 'string' || name === '';
  if (!names.some(isWrong)) return true;
  faults.add(kind, row, () => `names must be non-empty strings, got ${shown(names.find(isWrong))}.`);
  return false;
}

async function eachRow<Row>(rows: Iterable<Row>, work: (row: Row) => void): Promise<void> {
  let count = 0;
  for (const row of rows) {
    if (++count % SLICE === 0) await setImmediate();
    work(row);
  }
}

/** Writes a JSON object with its members in the order of their names. */
async function members<Value>(map: ReadonlyMap<string, Value>, write: (value: Value) => string): Promise<string> {
  const written: string[] = [];
  await eachRow([...map.keys()].sort(), (name) => written.push(`${JSON.stringify(name)}:${write(map.get(name) as Value)}`));
  return `{${written.join(',')}}`;
}

function sorted(names: Iterable<string>): readonly string[] | undefined {
  const list = [...names].sort();
  return list.length === 0 ? undefined : list;
}

function addEntry(entries: Entries | undefined, permission: string, when: string | null): void {
  const conditions = entries?.get(permission);
  if (conditions === undefined) entries?.set(permission, new Set([when]));
  else conditions.add(when);
}

function written(entries: Entries): readonly unknown[] | undefined {
  return sorted(entries.keys())?.flatMap((permission) =>
    [...(entries.get(permission) ?? [])].sort().map((when) => (when === null ? permission : { permission, when })),
  );
}

class RowFaults {
  private readonly listed: MappingFault[] = [];
  private omitted = 0;

  constructor(private readonly source: string) {}

  /** `message` is called only if the fault is listed: finding a similar name in a large table takes time. */
  add(kind: string, row: readonly unknown[], message: () => string): void {
    if (this.listed.length === MAX_FAULTS) this.omitted++;
    else this.listed.push({ place: `${kind} (${row.map(shown).join(', ')})`, pointer: '', message: message() });
  }

  throwIfAny(): void {
    if (this.listed.length > 0) throw new MappingError(this.source, this.listed, this.omitted);
  }
}
