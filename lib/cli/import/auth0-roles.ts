import { didYouMean, shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { memberOf, nameIn, recordsOf, textIn } from './export-file.js';
import { importedRole, type ImportedRole, type ImportedRoles } from './imported-roles.interface.js';

/**
 * Reads roles as Auth0's Deploy CLI and Management API write them: a list of roles, or an object with `roles`, each with `name`,
 * `description` and `permissions` (`permission_name`, `resource_server_identifier`), and `users` where the export has them.
 * @param api The API whose permissions are taken. Default: those of all.
 */
export function auth0Roles(source: string, value: unknown, api?: string): ImportedRoles {
  const list = Array.isArray(value) ? value : memberOf(value, 'roles');
  if (!Array.isArray(list))
    throw new CliError(`${source} is no export of roles: it must be a list of roles, or an object with "roles".`);
  const entries = recordsOf(list);
  const apis = new Map<string, string | undefined>();
  const permissions = new Map<string, string>();
  const present = new Set<string | undefined>([undefined]);
  const roles = new Map<string, ImportedRole>();
  let others = 0;
  for (const entry of entries) {
    const name = nameIn(entry, 'name', `A role in ${source}`);
    const role = importedRole(textIn(entry, 'description'));
    for (const permission of recordsOf(entry['permissions'])) {
      const granted = nameIn(permission, 'permission_name', `A permission of the role ${shown(name)}`);
      const of = textIn(permission, 'resource_server_identifier');
      present.add(of);
      if (api !== undefined && of !== api) {
        others++;
        continue;
      }
      refuseTwoApis(granted, of, apis);
      permissions.set(granted, textIn(permission, 'description') ?? permissions.get(granted) ?? '');
      role.permissions.add(granted);
    }
    roles.set(name, role);
  }
  refuseUnknownApi(api, present, source);
  const leftOut = others > 0 ? [`${others} grants of other APIs than ${shown(api)}`] : [];
  return { source, roles, permissions, hasPatterns: false, held: heldIn(entries), leftOut };
}

/** Whoever may read the users of one API would read those of the other. */
function refuseTwoApis(name: string, of: string | undefined, apis: Map<string, string | undefined>): void {
  const before = apis.get(name);
  if (apis.has(name) && before !== of)
    throw new CliError(
      `${shown(name)} is a permission of two APIs, ${shown(before)} and ${shown(of)}, and one mapping would make them one: choose one with --api.`,
    );
  apis.set(name, of);
}

/** A misspelt API would make a mapping that grants nothing. */
function refuseUnknownApi(api: string | undefined, present: ReadonlySet<string | undefined>, source: string): void {
  if (present.has(api)) return;
  const apis = [...present].filter((name) => name !== undefined);
  const choice = apis.length === 0 ? ' None names its API.' : ` They are of ${apis.map(shown).join(', ')}.`;
  throw new CliError(`No permission in ${source} is of the API ${shown(api)}.${didYouMean(api ?? '', apis)}${choice}`);
}

/** Known only where every role says who has it. */
function heldIn(roles: readonly Record<string, unknown>[]): ReadonlySet<string> | undefined {
  if (roles.length === 0 || !roles.every((role) => Array.isArray(role['users']))) return undefined;
  return new Set(roles.filter(({ users }) => (users as unknown[]).length > 0).map(({ name }) => name as string));
}
