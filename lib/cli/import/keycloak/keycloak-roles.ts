import { isRecord } from '../../../core/index.js';
import { memberOf, membersIn, nameIn, recordsIn, stringsIn, textIn } from '../export-file.js';

/** A role by its place: `client` is `undefined` for those of the realm. */
export interface RoleKey {
  readonly client: string | undefined;
  readonly name: string;
}

/** A role that the export defines. */
export interface RealmRole extends RoleKey {
  readonly description: string | undefined;
  readonly composites: readonly RoleKey[];
  /** Whether it says that it has parts, and does not say which. */
  readonly isIncomplete: boolean;
}

/** Names a role in a Map. */
export function keyOf({ client, name }: RoleKey): string {
  return JSON.stringify([client ?? null, name]);
}

/** The clients that the export has roles of, an empty list included. */
export function clientsIn(realm: unknown): readonly string[] {
  return clientLists(memberOf(realm, 'roles'), 'roles').map(([client]) => client);
}

/** Every role in an export, by its key. @throws CliError for what cannot be read. */
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

/** Keycloak describes its own roles by the name of a message, such as `${role_default-roles}`: that describes nothing outside of its console. */
function descriptionOf(entry: Record<string, unknown>): string | undefined {
  const description = textIn(entry, 'description');
  return description !== undefined && /^\$\{[^{}]*\}$/.test(description) ? undefined : description;
}

/** The roles that an object names under `realm` and `client`. */
function keysIn(value: unknown, what: string): readonly RoleKey[] {
  membersIn(value, what);
  return [
    ...stringsIn(memberOf(value, 'realm'), `${what}, "realm",`).map((name) => ({ client: undefined, name })),
    ...clientLists(value, what).flatMap(([client, names]) =>
      stringsIn(names, `${what}, "client",`).map((name) => ({ client, name })),
    ),
  ];
}

/** The roles that a user or a group holds itself. */
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

/** Clients were called applications before Keycloak 1.2. */
function clientLists(value: unknown, what: string): readonly (readonly [client: string, list: unknown])[] {
  return [
    ...membersIn(memberOf(value, 'client'), `${what}, "client",`),
    ...membersIn(memberOf(value, 'application'), `${what}, "application",`),
  ];
}
