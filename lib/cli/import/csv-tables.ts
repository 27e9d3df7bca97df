import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { didYouMean, shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { readText } from '../read-text.js';
import { systemReason } from '../system-reason.js';
import type { Terminal } from '../terminal.interface.js';
import { importedRole, type ImportedRole, type ImportedRoles } from './imported-roles.interface.js';

/** The tables, and what each may have for columns. */
const TABLES = {
  roles: ['id', 'name', 'description'],
  permissions: ['id', 'name', 'description'],
  role_permissions: ['role', 'role_id', 'permission', 'permission_id', 'effect'],
  role_inherits: ['role', 'role_id', 'parent', 'parent_id'],
  user_roles: ['user', 'user_id', 'role', 'role_id'],
} as const;

type TableName = keyof typeof TABLES;

interface Row {
  readonly columns: ReadonlyMap<string, string>;
  /** The file and its line. */
  readonly place: string;
}

/**
 * Reads the tables of an internal user database from a directory of CSV files with a header line: `roles.csv` and `role_permissions.csv`,
 * and where there are, `permissions.csv`, `role_inherits.csv`, `user_roles.csv`. A column `role` has the role's name, `role_id` the `id`
 * that it has in `roles.csv`; likewise for permissions and parents. Other columns are not looked at.
 */
export async function csvTables(directory: string, terminal: Terminal): Promise<ImportedRoles> {
  const files = await readdir(directory).catch((error: unknown) => {
    throw new CliError(`The directory ${directory} cannot be read: ${systemReason(error)}.`);
  });
  const table = async (name: TableName): Promise<readonly Row[] | undefined> =>
    files.includes(`${name}.csv`) ? rowsOf(join(directory, `${name}.csv`), name, terminal) : undefined;
  const [roles, grants] = [await table('roles'), await table('role_permissions')];
  if (roles === undefined || grants === undefined)
    throw new CliError(`The directory ${directory} must have the files roles.csv and role_permissions.csv.`);
  const [permissions = [], inherits = [], users] = [
    await table('permissions'),
    await table('role_inherits'),
    await table('user_roles'),
  ];
  return new TableReader(roles, permissions).read(directory, grants, inherits, users);
}

class TableReader {
  private readonly roles: ReadonlyMap<string, ImportedRole>;
  private readonly roleNames: Names;
  private readonly permissionNames: Names;

  constructor(
    roles: readonly Row[],
    private readonly permissions: readonly Row[],
  ) {
    this.roles = new Map(roles.map((row) => [required(row, 'name'), importedRole(row.columns.get('description'))]));
    this.roleNames = new Names('roles', roles);
    this.permissionNames = new Names('permissions', permissions);
  }

  read(source: string, grants: readonly Row[], inherits: readonly Row[], users: readonly Row[] | undefined): ImportedRoles {
    for (const row of grants) {
      const role = this.role(row);
      role[effectOf(row)].add(this.permissionNames.referred(row, 'permission'));
    }
    for (const row of inherits) this.role(row).inherits.add(this.roleNames.referred(row, 'parent'));
    return {
      source,
      roles: this.roles,
      permissions: new Map(this.permissions.map((row) => [required(row, 'name'), row.columns.get('description') ?? ''])),
      hasPatterns: true,
      held: users && new Set(users.map((row) => this.known(row))),
      leftOut: [],
    };
  }

  private role(row: Row): ImportedRole {
    const name = this.known(row);
    return this.roles.get(name) ?? importedRole();
  }

  private known(row: Row): string {
    const name = this.roleNames.referred(row, 'role');
    if (this.roles.has(name)) return name;
    throw new CliError(`${row.place}: no role is named ${shown(name)}.${didYouMean(name, this.roles.keys())}`);
  }
}

/** Finds a name by itself or by the id of its row. */
class Names {
  private readonly byId: ReadonlyMap<string, string>;

  constructor(
    private readonly table: TableName,
    rows: readonly Row[],
  ) {
    this.byId = new Map(rows.map((row) => [row.columns.get('id') ?? '', required(row, 'name')]));
  }

  referred(row: Row, column: string): string {
    const id = row.columns.get(`${column}_id`);
    if (id === undefined) return required(row, column);
    const name = this.byId.get(id);
    if (name === undefined || id === '')
      throw new CliError(`${row.place}: ${this.table}.csv has no row with the id ${shown(id)}.`);
    return name;
  }
}

function required({ columns, place }: Row, column: string): string {
  const value = columns.get(column);
  if (value === undefined)
    throw new CliError(`${place}: there is no column "${column}". The columns are ${[...columns.keys()].map(shown).join(', ')}.`);
  if (value === '') throw new CliError(`${place}: "${column}" is missing.`);
  return value;
}

function effectOf({ columns, place }: Row): 'permissions' | 'deny' {
  const effect = columns.get('effect') ?? 'allow';
  if (effect === 'allow') return 'permissions';
  if (effect === 'deny') return 'deny';
  throw new CliError(`${place}: "effect" must be allow or deny, got ${shown(effect)}.`);
}

async function rowsOf(file: string, name: TableName, terminal: Terminal): Promise<readonly Row[]> {
  const [header, ...lines] = linesOf(await readText(file, terminal), file);
  if (header === undefined) throw new CliError(`${file} is empty: its first line must name the columns.`);
  refuseMisspelt(header.record, file, TABLES[name]);
  return lines.map(({ record, info }) => ({
    place: `${file} line ${info.lines}`,
    columns: new Map(record.flatMap((value, index) => [[header.record[index] ?? '', value] as const])),
  }));
}

/** A misspelt `effect` would turn denials into grants. */
function refuseMisspelt(header: readonly string[], file: string, known: readonly string[]): void {
  for (const column of header) {
    const meant = known.includes(column) ? '' : didYouMean(column, known);
    if (meant !== '') throw new CliError(`${file}: the column ${shown(column)} is not known.${meant}`);
  }
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function linesOf(text: string, file: string): readonly Line[] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, info: true }) as unknown as readonly Line[];
  } catch (error) {
    throw new CliError(`${file} is no CSV: ${(error as Error).message}.`);
  }
}
