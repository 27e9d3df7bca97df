import { CliError } from '../../cli.error.js';
import { columnName } from './table-options.js';
import type { TableName, TableOptions } from './table.interface.js';

const NAMES = new Map<string, TableName>([
  ['roles', 'roles'],
  ['role', 'roles'],
  ['permissions', 'permissions'],
  ['permission', 'permissions'],
  ['privileges', 'permissions'],
  ['role_permissions', 'role_permissions'],
  ['role_permission', 'role_permissions'],
  ['roles_permissions', 'role_permissions'],
  ['permission_role', 'role_permissions'],
  ['role_has_permissions', 'role_permissions'],
  ['roles_privileges', 'role_permissions'],
  ['role_inherits', 'role_inherits'],
  ['role_hierarchy', 'role_inherits'],
  ['role_parents', 'role_inherits'],
  ['user_roles', 'user_roles'],
  ['user_role', 'user_roles'],
  ['users_roles', 'user_roles'],
  ['role_user', 'user_roles'],
]);
/** Likely to give or take away something beside. */
const MEANINGFUL = /role|permission|privilege|den(?:y|ied|ial)|(?:^|_)(?:acl|grants?)(?:_|$)/;

/**
 * What a table or file holds, by its name; `undefined` for one that has nothing to do with roles, or that the user says to ignore.
 * @throws CliError for one that may hold denials and would not be read.
 */
export function tableNamed(name: string, what: string, { ignored }: TableOptions): TableName | undefined {
  const compared = columnName(name);
  if (ignored.has(compared)) return undefined;
  const table = NAMES.get(compared);
  if (table !== undefined || !MEANINGFUL.test(compared)) return table;
  throw new CliError(
    `${what} would not be read, and may change what a role gives. If it does not, write --ignore ${compared}. Known are: ${[...new Set(NAMES.values())].join(', ')}.`,
  );
}
