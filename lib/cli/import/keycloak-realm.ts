import { didYouMean, isRecord, shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { memberOf, nameIn, recordsOf, textIn, textsOf } from './export-file.js';
import { importedRole, type ImportedRole, type ImportedRoles } from './imported-roles.interface.js';

/** Clients that every realm has: their roles are about Keycloak itself. */
const OWN_CLIENTS = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];
/** Realm roles that every realm has, and that say nothing about an application. */
const OWN_ROLES = ['offline_access', 'uma_authorization'];

/**
 * Reads a realm export. The roles are those of the realm, or of one client, as `keycloak()` reads them from tokens; a composite inherits from
 * the roles in it. A role of another client becomes the permission `client:role`.
 * @param clientRolesOf The client whose roles are read in place of the realm's.
 */
export function keycloakRealm(source: string, realm: unknown, clientRolesOf?: string): ImportedRoles {
  if (!isRecord(memberOf(realm, 'roles')))
    throw new CliError(`${source} is no export of a realm: it has no "roles". Export it with its roles, as kc.sh export does.`);
  return new RealmReader(source, realm, clientRolesOf).read();
}

/** A role by its place: `client` is `undefined` for those of the realm. */
interface RealmRole {
  readonly client: string | undefined;
  readonly name: string;
  readonly description: string | undefined;
  readonly composites: readonly Pick<RealmRole, 'client' | 'name'>[];
}

const keyOf = ({ client, name }: Pick<RealmRole, 'client' | 'name'>) => JSON.stringify([client ?? null, name]);

class RealmReader {
  private readonly all = new Map<string, RealmRole>();
  private readonly clients: readonly string[];

  constructor(
    private readonly source: string,
    private readonly realm: unknown,
    private readonly space: string | undefined,
  ) {
    const roles = memberOf(realm, 'roles');
    const ofClients = memberOf(roles, 'client');
    this.clients = isRecord(ofClients) ? Object.keys(ofClients) : [];
    this.readRoles(memberOf(roles, 'realm'), undefined);
    for (const client of this.clients) this.readRoles(memberOf(ofClients, client), client);
    if (space !== undefined && !this.clients.includes(space))
      throw new CliError(`${source} has no roles of a client ${shown(space)}.${didYouMean(space, this.clients)}`);
  }

  read(): ImportedRoles {
    const roles = new Map<string, ImportedRole>();
    const permissions = new Map<string, string>();
    for (const role of this.all.values()) {
      if (this.isOwn(role)) continue;
      if (role.client === this.space) roles.set(role.name, this.imported(role));
      if (role.client !== undefined) permissions.set(permissionOf(role), role.description ?? '');
    }
    return {
      source: this.source,
      roles,
      permissions,
      hasPatterns: false,
      held: this.heldRoles(roles),
      leftOut: this.leftOut(),
    };
  }

  private readRoles(list: unknown, client: string | undefined): void {
    for (const entry of recordsOf(list)) {
      const name = nameIn(entry, 'name', `A role in ${this.source}`);
      const role = { client, name, description: textIn(entry, 'description'), composites: compositesOf(entry) };
      this.all.set(keyOf(role), role);
    }
  }

  private imported(role: RealmRole): ImportedRole {
    const made = importedRole(role.description);
    if (role.client !== undefined) made.permissions.add(permissionOf(role));
    const beyond = new Map<string, Pick<RealmRole, 'client' | 'name'>>();
    const take = (part: Pick<RealmRole, 'client' | 'name'>) => {
      const whole = this.all.get(keyOf(part));
      if (whole === undefined || this.isOwn(whole)) return;
      if (part.client === this.space) made.inherits.add(part.name);
      else beyond.set(keyOf(part), part);
    };
    role.composites.forEach(take);
    // A Map is walked in order of insertion, what is added on the way included.
    for (const [key, part] of beyond) {
      if (part.client !== undefined) made.permissions.add(permissionOf(part));
      this.all.get(key)?.composites.forEach(take);
    }
    return made;
  }

  private isOwn({ client, name }: RealmRole): boolean {
    return client === undefined ? OWN_ROLES.includes(name) : OWN_CLIENTS.includes(client) && client !== this.space;
  }

  private heldRoles(roles: ReadonlyMap<string, ImportedRole>): ReadonlySet<string> | undefined {
    const users = memberOf(this.realm, 'users');
    if (!Array.isArray(users)) return undefined;
    const held = new Set<string>();
    const hold = (holder: unknown) => {
      for (const name of this.rolesOf(holder)) if (roles.has(name)) held.add(name);
    };
    const groups = groupsByPath(memberOf(this.realm, 'groups'));
    for (const user of recordsOf(users)) {
      hold(user);
      // A member of /sales/emea has the roles of /sales too.
      for (const path of textsOf(user['groups'])) for (const group of ancestorsOf(path)) hold(groups.get(group));
    }
    return held;
  }

  private rolesOf(holder: unknown): readonly string[] {
    return this.space === undefined
      ? textsOf(memberOf(holder, 'realmRoles'))
      : textsOf(memberOf(memberOf(holder, 'clientRoles'), this.space));
  }

  private leftOut(): readonly string[] {
    const clients = this.clients.filter((client) => OWN_CLIENTS.includes(client) && client !== this.space);
    const roles = OWN_ROLES.filter((name) => this.all.has(keyOf({ client: undefined, name })));
    return [
      ...(clients.length > 0 ? [`Keycloak's own clients: ${clients.join(', ')}`] : []),
      ...(roles.length > 0 && this.space === undefined ? [`Keycloak's own realm roles: ${roles.join(', ')}`] : []),
      ...(this.space === undefined ? [] : [`The realm's own roles, since those of ${shown(this.space)} are read in their place`]),
    ];
  }
}

function permissionOf({ client, name }: Pick<RealmRole, 'client' | 'name'>): string {
  return `${client ?? ''}:${name}`;
}

function compositesOf(role: Record<string, unknown>): RealmRole['composites'] {
  const composites = memberOf(role, 'composites');
  const ofClients = memberOf(composites, 'client');
  const clients = isRecord(ofClients) ? Object.entries(ofClients) : [];
  return [
    ...textsOf(memberOf(composites, 'realm')).map((name) => ({ client: undefined, name })),
    ...clients.flatMap(([client, names]) => textsOf(names).map((name) => ({ client, name }))),
  ];
}

function groupsByPath(groups: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const pending = recordsOf(groups).map((group) => ({ group, parent: '' }));
  for (const { group, parent } of pending) {
    const path = textIn(group, 'path') ?? `${parent}/${textIn(group, 'name') ?? ''}`;
    found.set(path, group);
    for (const inner of recordsOf(group['subGroups'])) pending.push({ group: inner, parent: path });
  }
  return found;
}

function ancestorsOf(path: string): readonly string[] {
  const names = path.split('/').slice(1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}
