import { didYouMean, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { allPrinted, counted } from '../../output/text-table.js';
import { addEntry, importedRole, type ImportedRoles } from '../imported-roles.interface.js';
import { effectOf } from './row-effect.js';
import { columnsOf, isConditionColumn, refuseUnknownTables, type Reference, type TableColumns } from './table-columns.js';
import type { Row, Table, TableName, TableOptions } from './table.interface.js';

/** The tables that were found. */
export type FoundTables = Readonly<Record<'roles' | 'role_permissions', Table>> & Readonly<Partial<Record<TableName, Table>>>;

/** Reads roles from tables. @throws CliError that names a row that cannot be read: it may be a denial. */
export function rolesOfTables(source: string, tables: FoundTables, options: TableOptions): ImportedRoles {
  refuseUnknownTables(options, new Set(Object.keys(tables)));
  const known = (name: TableName, table: Table) => new KnownTable(name, table, columnsOf(name, table, options));
  const roles = new Names(known('roles', tables.roles));
  const permissions = new Names(tables.permissions && known('permissions', tables.permissions));
  const grants = known('role_permissions', tables.role_permissions);
  const inherits = tables.role_inherits && known('role_inherits', tables.role_inherits);
  const users = tables.user_roles && known('user_roles', tables.user_roles);
  const found = new Map(roles.described.map(([name, description]) => [name, importedRole(description)]));
  const roleOf = (table: KnownTable, row: Row) =>
    found.get(roles.checked(table.named(row, 'role', roles), row)) ?? importedRole();
  for (const row of grants.rows)
    addEntry(
      roleOf(grants, row),
      effectOf(row, grants.columns.effects),
      grants.named(row, 'permission', permissions),
      grants.conditionOf(row),
    );
  if (inherits !== undefined)
    for (const row of inherits.rows) roleOf(inherits, row).inherits.add(roles.checked(inherits.named(row, 'parent', roles), row));
  const held = users && new Set(users.rows.map((row) => roles.checked(users.named(row, 'role', roles), row)));
  const read = [roles.table, permissions.table, grants, inherits].flatMap((table) => table ?? []);
  return {
    source,
    roles: found,
    permissions: new Map(permissions.described),
    hasPatterns: true,
    held,
    leftOut: [...read.flatMap(({ unread }) => unread), ...grants.conditions],
    doubts: deniedByZero(grants),
  };
}

/** Warns about denials from "allowed: no", which may only have meant that the row grants nothing. */
function deniedByZero({ rows, columns }: KnownTable): readonly string[] {
  const column = columns.effects.get('allowed');
  const count = column === undefined ? 0 : rows.filter((row) => effectOf(row, columns.effects) === 'deny').length;
  return count === 0
    ? []
    : [`"${column ?? ''}" is "no" in ${count} of ${rows.length} rows: each became a denial, which wins over every grant`];
}

/** Keys that are not names. */
const ID_KEYS = ['id', 'uuid'];

/** A table with the meaning of its columns. */
class KnownTable {
  readonly rows: readonly Row[];
  readonly label: string;
  private readonly all: readonly string[];

  constructor(
    readonly name: TableName,
    table: Table,
    readonly columns: TableColumns,
  ) {
    this.rows = table.rows;
    this.label = table.label;
    this.all = table.columns;
  }

  get unread(): readonly string[] {
    const { unread } = this.columns;
    return unread.length === 0 ? [] : [`columns of ${this.label}: ${allPrinted(unread)}`];
  }

  /** Returns the condition of a row. */
  conditionOf({ values }: Row): string | null {
    const when = values.get(this.columns.when ?? '') ?? '';
    return when === '' ? null : when;
  }

  /** The columns with conditions, which --ignore leaves out. */
  get conditions(): readonly string[] {
    const isFilled = (column: string) => this.rows.filter(({ values }) => (values.get(column) ?? '') !== '').length;
    return this.all
      .filter((column) => isConditionColumn(column) && column !== this.columns.when && isFilled(column) > 0)
      .map(
        (column) =>
          `conditions in the column ${shown(column)} of ${this.label} (${counted(isFilled(column), 'row')}): these rows apply without them`,
      );
  }

  /** Returns the name in a row of this table. */
  nameOf(row: Row): string {
    return this.columns.name.map((column) => required(row, column)).join(':');
  }

  /** Returns the column of a key; `undefined` if the key is the name itself. */
  keyColumn(key: string): string | undefined {
    const { keys, name } = this.columns;
    const named = key === 'name' ? undefined : keys.get(key);
    if (named !== undefined || key === '') return named;
    const candidates = ['', 'role_', 'permission_', 'privilege_'].map((start) => start + key);
    if (candidates.some((column) => name.includes(column))) return undefined;
    return candidates.find((column) => this.all.includes(column)) ?? (ID_KEYS.includes(key) ? key : undefined);
  }

  /** Returns the name that a row refers to. Several columns have to agree. */
  named(row: Row, what: string, names: Names): string {
    const references = this.columns.references.get(what) ?? [];
    const found = references.map((reference) => names.referred(row, reference, `--column ${this.name}.${what}_id`));
    const [name = '', ...others] = found;
    const other = others.find((one) => one !== name);
    if (other === undefined) return name;
    const columns = references.map(({ column }) => shown(column)).join(' and ');
    throw new CliError(`${row.place}: ${columns} refer to different names, ${shown(name)} and ${shown(other)}.`);
  }
}

/** Looks up names, directly or by another column of their row. */
class Names {
  readonly described: readonly (readonly [name: string, description: string])[];
  private readonly byKey = new Map<string, ReadonlyMap<string, string>>();
  private readonly names: ReadonlySet<string>;

  /** @param table `undefined` if the table does not exist: every name is then used unchanged. */
  constructor(readonly table: KnownTable | undefined) {
    const rows = table?.rows ?? [];
    const column = table?.columns.description ?? '';
    this.described = rows.map((row) => [table?.nameOf(row) ?? '', row.values.get(column) ?? '']);
    const names = new Set<string>();
    this.described.forEach(([name], index) => {
      // If several tenants or programs share a table, a repeated name would give one of them the permissions of another.
      if (names.has(name)) throw new CliError(`${rows[index]?.place ?? ''}: ${shown(name)} appears twice.`);
      names.add(name);
    });
    this.names = names;
  }

  referred(row: Row, { column, by }: Reference, option: string): string {
    const value = required(row, column);
    if (by === 'action') return `${value}:${required(row, by)}`;
    if (this.table === undefined && ID_KEYS.includes(by))
      throw new CliError(`${row.place}: "${column}" contains ids, but there is no table with their names.`);
    const key = this.table?.keyColumn(by);
    if (key === undefined) return this.byItself(value, row, option, column);
    const name = this.keyed(key).get(value);
    if (name === undefined)
      throw new CliError(`${row.place}: ${this.table?.label ?? ''} has no row with the ${by} ${shown(value)}.`);
    return name;
  }

  /** @throws CliError if no role has this name. */
  checked(name: string, row: Row): string {
    if (this.names.has(name)) return name;
    const other = [...this.names].find((known) => known.toLowerCase() === name.toLowerCase());
    const meant = other === undefined ? didYouMean(name, this.names) : ` Names are case-sensitive, and there is ${shown(other)}.`;
    throw new CliError(`${row.place}: no role is named ${shown(name)}.${meant}`);
  }

  private byItself(value: string, row: Row, option: string, column: string): string {
    if (this.names.has(value) || this.table === undefined) return value;
    const meant = this.table.rows.some(({ values }) => values.has('id')) ? this.keyed('id').get(value) : undefined;
    if (meant === undefined) return value;
    throw new CliError(`${row.place}: ${shown(value)} is the id of ${shown(meant)}, not a name. Write ${option}=${column}.`);
  }

  private keyed(column: string): ReadonlyMap<string, string> {
    const before = this.byKey.get(column);
    if (before !== undefined) return before;
    const found = new Map<string, string>();
    for (const row of this.table?.rows ?? []) {
      const key = row.values.get(column) ?? '';
      if (key === '') continue;
      if (found.has(key)) throw new CliError(`${row.place}: the ${column} ${shown(key)} appears twice.`);
      found.set(key, this.table?.nameOf(row) ?? '');
    }
    this.byKey.set(column, found);
    return found;
  }
}

function required({ values, place }: Row, column: string): string {
  const value = values.get(column) ?? '';
  if (value !== '') return value;
  throw new CliError(`${place}: "${column}" is missing.`);
}
