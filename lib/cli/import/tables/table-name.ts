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
/** Tables that may grant or deny something more. */
const MEANINGFUL = /role|permission|privilege|den(?:y|ied|ial)|(?:^|_)(?:acl|grants?)(?:_|$)/;

/**
 * Returns the kind of a table or file by its name; `undefined` if it has nothing to do with roles, or if the user ignores it.
 * @throws CliError for a table that may contain denials but would not be read.
 */
export function tableNamed(name: string, what: string, { ignored }: TableOptions): TableName | undefined {
  const compared = columnName(name);
  if (ignored.has(compared)) return undefined;
  const table = NAMES.get(compared);
  if (table !== undefined || !MEANINGFUL.test(compared)) return table;
  throw new CliError(
    `${what} would not be read, but may affect what a role gives. If it does not, write --ignore ${compared}. Known tables: ${[...new Set(NAMES.values())].join(', ')}.`,
  );
}
