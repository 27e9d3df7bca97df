import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { printable } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { nameOf, readText } from '../../input/read-text.js';
import { systemReason } from '../../system-reason.js';
import type { Terminal } from '../../output/terminal.interface.js';
import { printed, allPrinted } from '../../output/text-table.js';
import type { ImportedRoles } from '../imported-roles.interface.js';
import { tableNamed } from './table-name.js';
import { columnName } from './table-options.js';
import { rolesOfTables } from './table-reader.js';
import type { Table, TableName, TableOptions } from './table.interface.js';

/**
 * Reads the tables of an internal user database from a directory of CSV files with a header line: `roles.csv` and `role_permissions.csv`,
 * and, if they exist, `permissions.csv`, `role_inherits.csv`, `user_roles.csv`.
 */
export async function csvTables(directory: string, options: TableOptions, terminal: Terminal): Promise<ImportedRoles> {
  const files = await readdir(directory).catch((error: unknown) => {
    throw new CliError(`The directory ${nameOf(directory)} cannot be read: ${systemReason(error)}.`);
  });
  const tables = new Map<TableName, Table>();
  const unread: string[] = [];
  for (const file of files.filter((name) => /\.csv$/i.test(name)).sort()) {
    const name = tableNamed(file.slice(0, -4), `The file ${printed(file)}`, options);
    if (name === undefined) unread.push(file);
    else if (tables.has(name))
      throw new CliError(`${nameOf(directory)} has two files for ${name}, one of them ${printed(file)}.`);
    else tables.set(name, tableOf(file, await readText(join(directory, file), terminal), join(directory, file)));
  }
  const { roles, role_permissions, ...others } = Object.fromEntries(tables) as Partial<Record<TableName, Table>>;
  if (roles === undefined || role_permissions === undefined)
    throw new CliError(`The directory ${nameOf(directory)} must have the files roles.csv and role_permissions.csv.`);
  const imported = rolesOfTables(nameOf(directory), { roles, role_permissions, ...others }, options);
  return { ...imported, leftOut: [...imported.leftOut, ...(unread.length > 0 ? [`files: ${allPrinted(unread)}`] : [])] };
}

/** NULL in CSV files of common programs. */
const NULLS = ['\\N', 'NULL'];

function tableOf(label: string, text: string, path: string): Table {
  const file = printable(path);
  const [header, ...lines] = linesOf(text, file);
  if (header === undefined) throw new CliError(`${file} is empty: its first line must name the columns.`);
  const columns = header.record.map(columnName);
  return {
    label: printable(label),
    columns,
    rows: lines.map(({ record, info }) => ({
      place: `${file} line ${info.lines}`,
      values: new Map(record.map((value, index) => [columns[index] ?? '', NULLS.includes(value.trim()) ? null : value.trim()])),
    })),
  };
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function linesOf(text: string, file: string): readonly Line[] {
  // Excel writes this line to name the delimiter.
  const content = text.replace(/^\ufeff?sep=.\r?\n/i, '');
  const options = { bom: true, trim: true, skip_empty_lines: true, skip_records_with_empty_values: true, info: true };
  try {
    return parse(content, { ...options, delimiter: delimiterOf(content, file) }) as unknown as readonly Line[];
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} is not valid CSV: ${printable((error as Error).message)}.`);
  }
}

/** Finds the delimiter in the header line. @throws CliError if there are two candidates. */
function delimiterOf(text: string, file: string): string {
  const header = /^\ufeff?\s*(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? '';
  const found = [',', ';', '\t', '|'].filter((delimiter) => header.trim().includes(delimiter));
  if (found.length < 2) return found[0] ?? ',';
  throw new CliError(
    `${file}: its first line has ${found.map((sign) => JSON.stringify(sign)).join(' and ')}, but only one can separate the columns.`,
  );
}
