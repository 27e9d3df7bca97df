import { isRecord } from '../../../core/index.js';
import { memberOf, membersIn, nameIn, recordsIn, stringsIn, textIn } from '../export-file.js';

/** Identifies a role. `client` is `undefined` for a role of the realm. */
export interface RoleKey {
  readonly client: string | undefined;
  readonly name: string;
}

/** A role that the export defines. */
export interface RealmRole extends RoleKey {
  readonly description: string | undefined;
  readonly composites: readonly RoleKey[];
  /** Whether it is marked as composite without a list of parts. */
  readonly isIncomplete: boolean;
}

/** Returns the key of a role for a Map. */
export function keyOf({ client, name }: RoleKey): string {
  return JSON.stringify([client ?? null, name]);
}

/** Returns the clients with a list of roles, also an empty one. */
export function clientsIn(realm: unknown): readonly string[] {
  return clientLists(memberOf(realm, 'roles'), 'roles').map(([client]) => client);
}

/** Returns all roles of an export by key. @throws CliError if one cannot be read. */
export function rolesIn(source: string, realm: unknown): ReadonlyMap<string, RealmRole> {
  const roles = memberOf(realm, 'roles');
  const lists = [[undefined, memberOf(roles, 'realm')] as const, ...clientLists(roles, 'roles')];
  const found = lists.flatMap(([client, list]) =>
    recordsIn(list, client === undefined ? '"roles.realm"' : `"roles.client" of ${JSON.stringify(client)}`).map((entry) =>
      roleOf(entry, client, source),
    ),
  );
  return new Map(found.map((role) => [keyOf(role), role]));
}

function roleOf(entry: Record<string, unknown>, client: string | undefined, source: string): RealmRole {
  const name = nameIn(entry, 'name', `A role in ${source}`);
  const composites = keysIn(memberOf(entry, 'composites'), `"composites" of the role ${JSON.stringify(name)}`);
  const isIncomplete = entry['composite'] === true && !isRecord(memberOf(entry, 'composites'));
  return { client, name, description: descriptionOf(entry), composites, isIncomplete };
}

/** Leaves out descriptions that name a message of the Keycloak console, such as `${role_default-roles}`. */
function descriptionOf(entry: Record<string, unknown>): string | undefined {
  const description = textIn(entry, 'description');
  return description !== undefined && /^\$\{[^{}]*\}$/.test(description) ? undefined : description;
}

/** Returns the roles that an object names under `realm` and `client`. */
function keysIn(value: unknown, what: string): readonly RoleKey[] {
  membersIn(value, what);
  return [
    ...stringsIn(memberOf(value, 'realm'), `${what}, "realm",`).map((name) => ({ client: undefined, name })),
    ...clientLists(value, what).flatMap(([client, names]) =>
      stringsIn(names, `${what}, "client",`).map((name) => ({ client, name })),
    ),
  ];
}

/** Returns the roles that a user or a group holds directly. */
export function heldBy(holder: unknown): readonly RoleKey[] {
  const realm = stringsIn(memberOf(holder, 'realmRoles'), '"realmRoles"').map((name) => ({ client: undefined, name }));
  const ofClients = [
    ...membersIn(memberOf(holder, 'clientRoles'), '"clientRoles"'),
    ...membersIn(memberOf(holder, 'applicationRoles'), '"applicationRoles"'),
  ];
  return [
    ...realm,
    ...ofClients.flatMap(([client, names]) => stringsIn(names, '"clientRoles"').map((name) => ({ client, name }))),
  ];
}

/** Returns the lists by client. Before Keycloak 1.2, clients were called applications. */
function clientLists(value: unknown, what: string): readonly (readonly [client: string, list: unknown])[] {
  return [
    ...membersIn(memberOf(value, 'client'), `${what}, "client",`),
    ...membersIn(memberOf(value, 'application'), `${what}, "application",`),
  ];
}
