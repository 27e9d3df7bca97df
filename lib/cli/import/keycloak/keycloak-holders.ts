import { isRecord } from '../../../core/index.js';
import { memberOf, recordsIn, stringsIn, textIn } from '../export-file.js';
import { heldBy, keyOf, type RealmRole, type RoleKey } from './keycloak-roles.js';

/** Who holds what, as far as the export shows it. */
export interface Holders {
  /** Roles that a user holds directly, through a group or by default, without those in composites. */
  readonly direct: readonly RoleKey[];
  /** Keys of all roles that at least one user holds. */
  readonly all: ReadonlySet<string>;
  /** Why the export does not show who holds what; `undefined` if it does. */
  readonly unknown: string | undefined;
}

/** Finds the roles that users hold: directly, through groups, as default roles, and through composites. */
export function holdersIn(realm: unknown, roles: ReadonlyMap<string, RealmRole>): Holders {
  const direct = new Map<string, RoleKey>();
  const hold = (keys: readonly RoleKey[]) => {
    for (const key of keys) direct.set(keyOf(key), key);
  };
  const groups = groupsIn(realm);
  const users = ['users', 'federatedUsers'].flatMap((member) => recordsIn(memberOf(realm, member), `"${member}"`));
  const paths = [
    ...users.flatMap((user) => stringsIn(user['groups'], 'The groups of a user')),
    ...stringsIn(memberOf(realm, 'defaultGroups'), '"defaultGroups"'),
  ];
  for (const user of users) hold(heldBy(user));
  for (const path of paths) hold(groups.get(path) ?? []);
  hold(defaultRoles(realm));
  const all = new Set(direct.keys());
  // Iterating a Set includes elements that are added meanwhile.
  for (const key of all) for (const part of roles.get(key)?.composites ?? []) all.add(keyOf(part));
  const lostGroup = paths.find((path) => !groups.has(path));
  return { direct: [...direct.values()], all, unknown: unknownIn(realm, users, lostGroup) };
}

function unknownIn(realm: unknown, users: readonly Record<string, unknown>[], lostGroup: string | undefined): string | undefined {
  if (users.length === 0) return 'the file has no users';
  if (users.every((user) => textIn(user, 'serviceAccountClientId') !== undefined))
    return 'its only users are service accounts, as in an export of the admin console';
  if (lostGroup !== undefined) return 'it lacks groups that its users are members of';
  // A federation may provide roles at login, which are not in the file.
  if (hasFederation(realm)) return 'users of a federation may hold roles that are not in the file';
  return undefined;
}

function hasFederation(realm: unknown): boolean {
  const providers = memberOf(memberOf(realm, 'components'), 'org.keycloak.storage.UserStorageProvider');
  const older = memberOf(realm, 'userFederationProviders');
  return [providers, older].some((list) => Array.isArray(list) && list.length > 0);
}

/** Returns the roles of the members of each group by path. Members of /sales/emea also have the roles of /sales. */
function groupsIn(realm: unknown): ReadonlyMap<string, readonly RoleKey[]> {
  const found = new Map<string, readonly RoleKey[]>();
  const pending = recordsIn(memberOf(realm, 'groups'), '"groups"').map((group) => ({
    group,
    parent: '',
    inherited: [] as readonly RoleKey[],
  }));
  // Iterating an array includes elements that are added meanwhile.
  for (const { group, parent, inherited } of pending) {
    const path = textIn(group, 'path') ?? `${parent}/${textIn(group, 'name') ?? ''}`;
    const roles = [...inherited, ...heldBy(group)];
    found.set(path, roles);
    for (const inner of recordsIn(group['subGroups'], '"subGroups"'))
      pending.push({ group: inner, parent: path, inherited: roles });
  }
  return found;
}

/** Returns the roles of every new user: one composite role, or lists before Keycloak 13. */
function defaultRoles(realm: unknown): readonly RoleKey[] {
  const role = memberOf(realm, 'defaultRole');
  const name = isRecord(role) ? textIn(role, 'name') : undefined;
  const ofClients = recordsIn(memberOf(realm, 'clients'), '"clients"').flatMap((client) =>
    stringsIn(client['defaultRoles'], 'The "defaultRoles" of a client').map((one) => ({
      client: textIn(client, 'clientId'),
      name: one,
    })),
  );
  return [
    ...(name === undefined ? [] : [{ client: undefined, name }]),
    ...stringsIn(memberOf(realm, 'defaultRoles'), '"defaultRoles"').map((one) => ({ client: undefined, name: one })),
    ...ofClients,
  ];
}
