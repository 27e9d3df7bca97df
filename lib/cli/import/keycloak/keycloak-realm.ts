import { didYouMean, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { allPrinted, printed } from '../../output/text-table.js';
import { memberOf, recordsIn, textIn } from '../export-file.js';
import { importedRole, type ImportedRole, type ImportedRoles } from '../imported-roles.interface.js';
import { holdersIn, type Holders } from './keycloak-holders.js';
import { clientsIn, keyOf, rolesIn, type RealmRole, type RoleKey } from './keycloak-roles.js';
import { unique } from '../permission-names.js';

/** Clients of every realm, whose roles are about Keycloak itself. */
const OWN_CLIENTS = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];
/** Roles of every realm that mean nothing to an application. */
const OWN_ROLES = ['offline_access', 'uma_authorization'];

/** Options for reading a realm. */
export interface RealmOptions {
  /** Client whose roles are read instead of those of the realm. */
  readonly clientRolesOf?: string;
  /** Whether denying policies are left out instead of failing. Default: false. */
  readonly ignorePolicies?: boolean;
}

/**
 * Reads the export of a realm: its roles or those of one client, as `keycloak()` reads them from tokens. A composite inherits from
 * the roles in it. A role of another client becomes the permission `client:role`.
 * @throws CliError if a policy denies: a mapping cannot express that.
 */
export function keycloakRealm(source: string, realm: unknown, options: RealmOptions = {}): ImportedRoles {
  if (options.ignorePolicies !== true) refuseDenyingPolicies(realm);
  return new RealmReader(source, realm, options.clientRolesOf).read();
}

class RealmReader {
  private readonly all: ReadonlyMap<string, RealmRole>;
  private readonly clients: readonly string[];
  private readonly holders: Holders;
  /** Roles that composites name but the file does not define. */
  private readonly undefinedRoles = new Map<string, RoleKey>();
  private readonly permissionNames: ReadonlyMap<string, string>;
  private readonly clashes: readonly string[];

  constructor(
    private readonly source: string,
    private readonly realm: unknown,
    private readonly space: string | undefined,
  ) {
    this.clients = clientsIn(realm);
    this.all = rolesIn(source, realm);
    this.holders = holdersIn(realm, this.all);
    const named = [...this.all.values()].flatMap((role) => [role, ...role.composites]);
    for (const role of [...named, ...this.holders.direct])
      if (!this.all.has(keyOf(role)) && !this.isOwn(role)) this.undefinedRoles.set(keyOf(role), role);
    const ofClients = [...named, ...this.holders.direct].filter((role) => role.client !== undefined && !this.isOwn(role));
    [this.permissionNames, this.clashes] = permissionNames(ofClients);
    if (space !== undefined && !this.clients.includes(space))
      throw new CliError(`${source} has no roles of a client ${shown(space)}.${didYouMean(space, this.clients)}`);
  }

  read(): ImportedRoles {
    const roles = new Map<string, ImportedRole>();
    const permissions = new Map<string, string>();
    for (const role of this.all.values()) {
      if (this.isOwn(role)) continue;
      if (role.client === this.space) roles.set(role.name, this.imported(role));
      if (role.client !== undefined) permissions.set(this.permissionOf(role), role.description ?? '');
    }
    // A composite with a role of a client gives the permission, also if the file does not define the role.
    for (const role of this.undefinedRoles.values())
      if (role.client !== undefined && role.client !== this.space) permissions.set(this.permissionOf(role), '');
    const { unknown } = this.holders;
    return {
      source: this.source,
      roles,
      permissions,
      hasPatterns: false,
      held: unknown === undefined ? this.heldRoles(roles) : undefined,
      heldBeside: this.heldPermissions(),
      holdersUnknown: unknown,
      leftOut: this.leftOut(),
      doubts: [...this.incomplete(), ...this.clashes],
    };
  }

  private imported(role: RealmRole): ImportedRole {
    const made = importedRole(role.description);
    if (role.client !== undefined) made.permissions.add(this.permissionOf(role));
    const beyond = new Map<string, RoleKey>();
    const take = (part: RoleKey) => {
      if (this.isOwn(part)) return;
      if (part.client !== this.space) beyond.set(keyOf(part), part);
      else if (this.all.has(keyOf(part))) made.inherits.add(part.name);
    };
    role.composites.forEach(take);
    // Iterating a Map includes entries that are added meanwhile.
    for (const [key, part] of beyond) {
      if (part.client !== undefined) made.permissions.add(this.permissionOf(part));
      this.all.get(key)?.composites.forEach(take);
    }
    return made;
  }

  private permissionOf(role: RoleKey): string {
    return this.permissionNames.get(keyOf(role)) ?? joined(role);
  }

  private isOwn({ client, name }: RoleKey): boolean {
    return client === undefined ? OWN_ROLES.includes(name) : OWN_CLIENTS.includes(client) && client !== this.space;
  }

  private heldRoles(roles: ReadonlyMap<string, ImportedRole>): ReadonlySet<string> {
    return new Set([...roles.keys()].filter((name) => this.holders.all.has(keyOf({ client: this.space, name }))));
  }

  private heldPermissions(): ReadonlySet<string> {
    return new Set([...this.permissionNames].flatMap(([key, name]) => (this.holders.all.has(key) ? [name] : [])));
  }

  /** Lists roles whose parts are missing in the file. */
  private incomplete(): readonly string[] {
    const roles = [...this.all.values()].filter((role) => role.isIncomplete && !this.isOwn(role));
    const taken = [...this.undefinedRoles.values()].filter(({ client }) => client !== undefined && client !== this.space);
    return [
      ...(roles.length > 0 ? [`composite roles whose parts are missing in the file: ${allPrinted(roles.map(joined))}`] : []),
      ...(taken.length > 0
        ? [
            `permissions of roles that the file names but does not define: ${allPrinted(taken.map((role) => this.permissionOf(role)))}`,
          ]
        : []),
    ];
  }

  private leftOut(): readonly string[] {
    const own = new Set(
      [...this.all.values()]
        .flatMap((role) => [role, ...role.composites])
        .filter((role) => this.isOwn(role))
        .map(({ client, name }) => client ?? name),
    );
    const clients = [...new Set([...this.clients, ...own])].filter(
      (client) => OWN_CLIENTS.includes(client) && client !== this.space,
    );
    const roles = OWN_ROLES.filter((name) => own.has(name));
    const missing = [...this.undefinedRoles.values()].filter(({ client }) => client === undefined || client === this.space);
    return [
      ...(clients.length > 0 ? [`Keycloak's own clients: ${clients.join(', ')}`] : []),
      ...(roles.length > 0 && this.space === undefined ? [`Keycloak's own realm roles: ${roles.join(', ')}`] : []),
      ...(missing.length > 0 ? [`roles that the file names but does not define: ${allPrinted(missing.map(joined))}`] : []),
      ...(this.space === undefined
        ? this.withoutRole()
        : [`the roles of the realm, because those of ${shown(this.space)} are imported instead`]),
      ...this.policies(),
    ];
  }

  /** Lists roles of clients that users hold without a realm role: no role in a token gives these. */
  private withoutRole(): readonly string[] {
    const direct = this.holders.direct.filter((role) => role.client !== undefined && !this.isOwn(role));
    return direct.length === 0
      ? []
      : [
          `roles of clients that users or groups hold directly, without a realm role: ${allPrinted(direct.map((role) => this.permissionOf(role)))}`,
        ];
  }

  private policies(): readonly string[] {
    const names = clientsWith(this.realm, () => true);
    return names.length === 0 ? [] : [`policies in the authorization settings of clients: ${allPrinted(names)}`];
  }
}

/** Rejects denying policies: they also depend on resources and users, which a mapping cannot express. */
function refuseDenyingPolicies(realm: unknown): void {
  const names = clientsWith(realm, (policy) => policy['logic'] === 'NEGATIVE');
  if (names.length > 0)
    throw new CliError(
      `Nothing was imported, because denials would be lost: policies in the authorization settings of ${allPrinted(names)} deny ("logic": "NEGATIVE"). Leave them out with --ignore-policies, and write what they deny into the mapping.`,
    );
}

/** Returns the clients that have a matching policy. */
function clientsWith(realm: unknown, isMeant: (policy: Record<string, unknown>) => boolean): readonly string[] {
  const clients = recordsIn(memberOf(realm, 'clients'), '"clients"');
  const policiesOf = (client: unknown) =>
    recordsIn(memberOf(memberOf(client, 'authorizationSettings'), 'policies'), '"policies"');
  return clients.filter((client) => policiesOf(client).some(isMeant)).map((client) => textIn(client, 'clientId') ?? '');
}

function joined({ client, name }: RoleKey): string {
  return client === undefined ? name : `${client}:${name}`;
}

/** Returns the permission of each role of a client. If two would have the same name, `-` replaces the colons in client and role. */
function permissionNames(roles: readonly RoleKey[]): [ReadonlyMap<string, string>, readonly string[]] {
  const byName = new Map<string, Map<string, RoleKey>>();
  for (const role of roles)
    byName.set(joined(role), (byName.get(joined(role)) ?? new Map<string, RoleKey>()).set(keyOf(role), role));
  const names = new Map<string, string>();
  const clashes: string[] = [];
  for (const [name, group] of byName) {
    if (group.size === 1) for (const key of group.keys()) names.set(key, name);
    else {
      const taken = new Set([...byName.keys(), ...names.values()]);
      for (const [key, { client = '', name: role }] of group)
        names.set(key, unique([client, role].map((part) => part.replaceAll(':', '-')).join(':'), taken));
      const renamed = [...group].map(
        ([key, { client, name: role }]) => `${printed(role)} of ${printed(client ?? '')} is ${printed(names.get(key) ?? '')}`,
      );
      clashes.push(`${shown(name)} would be the permission of several roles: ${renamed.join(', ')}`);
    }
  }
  return [names, clashes];
}
