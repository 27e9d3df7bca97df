import { InvalidArgumentError, type Command } from 'commander';
import { collected } from '../../input/collected.js';
import type { TableOptions } from './table.interface.js';

/** What commander makes of the options. */
export interface GivenTableOptions {
  readonly column?: readonly string[];
  readonly ignore?: readonly string[];
}

/** Gives a command the options about tables. */
export function addTableOptions(command: Command): Command {
  return command
    .option('--column <table.what=column>', 'which column is meant, such as permissions.name=code; once for each', column)
    .option('--ignore <table or table.column>', 'it does not change what a role gives; once for each', ignored);
}

/** A name as the tables and columns are compared: `rolePermissions`, `Role Permissions` and `role_permissions` are one. */
export function columnName(name: string): string {
  return name
    .trim()
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** The options, read. */
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
