import { InvalidArgumentError, type Command } from 'commander';
import { collected } from '../../input/collected.js';
import type { TableOptions } from './table.interface.js';

/** The options as commander parses them. */
export interface GivenTableOptions {
  readonly column?: readonly string[];
  readonly ignore?: readonly string[];
}

/** Adds the options for tables to a command. */
export function addTableOptions(command: Command): Command {
  return command
    .option(
      '--column <table.what=column>',
      'the column with this meaning, such as permissions.name=code; repeat for several',
      column,
    )
    .option('--ignore <table or table.column>', 'does not affect what a role gives; repeat for several', ignored);
}

/** Normalizes a name of a table or column: `rolePermissions`, `Role Permissions` and `role_permissions` are the same. */
export function columnName(name: string): string {
  return name
    .trim()
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** Parses the options for tables. */
export function tableOptions({ column: columns = [], ignore = [] }: GivenTableOptions): TableOptions {
  const byTable = new Map<string, Map<string, string>>();
  for (const given of columns) {
    const [, table = '', what = '', name = ''] = COLUMN.exec(given) ?? [];
    const ofTable = byTable.get(columnName(table)) ?? new Map<string, string>();
    byTable.set(columnName(table), ofTable.set(columnName(what), columnName(name)));
  }
  return { columns: byTable, ignored: new Set(ignore.map((name) => name.split('.').map(columnName).join('.'))) };
}

const COLUMN = /^([\w-]+)\.([\w-]+)=(.+)$/;

function column(value: string, before?: readonly string[]): readonly string[] {
  if (COLUMN.test(value)) return collected(value, before);
  throw new InvalidArgumentError('It must be written as table.what=column, such as permissions.name=code.');
}

function ignored(value: string, before?: readonly string[]): readonly string[] {
  if (/^[^.]+(\.[^.]+)?$/.test(value)) return collected(value, before);
  throw new InvalidArgumentError('It must be a table or a column, such as user_permissions or role_permissions.note.');
}
