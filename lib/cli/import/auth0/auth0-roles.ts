import { didYouMean, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { placeholderIn } from './auth0-export.js';
import { memberOf, nameIn, recordsIn, textIn } from '../export-file.js';
import { importedRole, type ImportedRole, type ImportedRoles } from '../imported-roles.interface.js';

/**
 * Reads roles in the format of Auth0's Deploy CLI and Management API: a list of roles, or an object with `roles`, each with `name`,
 * `description` and `permissions` (`permission_name`, `resource_server_identifier`), and `users` if the export has them. The `scopes` of
 * its `resourceServers` are the list of all permissions.
 * @param api The API whose permissions are imported. Default: all APIs.
 */
export function auth0Roles(source: string, value: unknown, api?: string): ImportedRoles {
  const list = Array.isArray(value) ? value : memberOf(value, 'roles');
  if (!Array.isArray(list))
    throw new CliError(
      placeholderIn(list) === undefined
        ? `${source} is not an export of roles: it must be a list of roles, or an object with "roles".`
        : `The roles in ${source} are a placeholder, ${shown(list)}. Give its value with --replacements.`,
    );
  return new TenantReader(source, api).read(recordsIn(list, `The roles in ${source}`), memberOf(value, 'resourceServers'));
}

class TenantReader {
  private readonly roles = new Map<string, ImportedRole>();
  private readonly permissions = new Map<string, string>();
  /** By name of a permission: the APIs that define it or whose permission a role has. */
  private readonly apis = new Map<string, Set<string | undefined>>();
  private readonly present = new Set<string | undefined>([undefined]);
  private readonly leftOut: string[] = [];
  private others = 0;

  constructor(
    private readonly source: string,
    private readonly api: string | undefined,
  ) {}

  read(entries: readonly Record<string, unknown>[], servers: unknown): ImportedRoles {
    for (const entry of entries) this.readRole(entry);
    const granted = new Set([...this.roles.values()].flatMap(({ permissions }) => [...permissions]));
    this.readServers(servers);
    for (const name of granted) this.refuseTwoApis(name);
    this.refuseUnknownApi();
    if (this.others > 0) this.leftOut.push(`${this.others} grants of other APIs than ${shown(this.api)}`);
    return {
      source: this.source,
      roles: this.roles,
      permissions: this.permissions,
      hasPatterns: false,
      held: heldIn(entries),
      leftOut: this.leftOut,
    };
  }

  private readRole(entry: Record<string, unknown>): void {
    const name = nameIn(entry, 'name', `A role in ${this.source}`);
    if (this.isPlaceholder(name, 'the role')) return;
    if (this.roles.has(name)) throw new CliError(`${this.source} has two roles named ${shown(name)}.`);
    const role = importedRole(textIn(entry, 'description'));
    this.roles.set(name, role);
    const { permissions } = entry;
    if (this.isPlaceholder(permissions, `the permissions of the role ${shown(name)}:`)) return;
    for (const permission of recordsIn(permissions, `The permissions of the role ${shown(name)}`)) {
      const granted = nameIn(permission, 'permission_name', `A permission of the role ${shown(name)}`);
      if (this.isPlaceholder(granted, `of the role ${shown(name)} the permission`)) continue;
      const of = textIn(permission, 'resource_server_identifier');
      this.present.add(of);
      if (this.api === undefined || of === this.api) {
        this.add(granted, of, textIn(permission, 'description'));
        role.permissions.add(granted);
      } else this.others++;
    }
  }

  private readServers(servers: unknown): void {
    if (this.isPlaceholder(servers, 'the APIs:')) return;
    for (const server of recordsIn(servers, `The APIs in ${this.source}`)) {
      const of = nameIn(server, 'identifier', `An API in ${this.source}`);
      this.present.add(of);
      // The export of a tenant has only the identifier of Auth0's own API.
      if ((this.api !== undefined && of !== this.api) || server['is_system'] === true) continue;
      const { scopes } = server;
      if (this.isPlaceholder(scopes, `the permissions of the API ${shown(of)}:`)) continue;
      for (const scope of recordsIn(scopes, `The scopes of the API ${shown(of)}`)) {
        const name = nameIn(scope, 'value', `A scope of the API ${shown(of)}`);
        if (!this.isPlaceholder(name, `of the API ${shown(of)} the permission`)) this.add(name, of, textIn(scope, 'description'));
      }
    }
  }

  private add(name: string, api: string | undefined, description: string | undefined): void {
    this.permissions.set(name, description ?? this.permissions.get(name) ?? '');
    this.apis.set(name, (this.apis.get(name) ?? new Set()).add(api));
  }

  /** Returns true for a placeholder without a value, and lists it as left out. */
  private isPlaceholder(value: unknown, what: string): boolean {
    const placeholder = placeholderIn(value);
    if (placeholder !== undefined)
      this.leftOut.push(`${what} ${shown(value)}, because the value of ${placeholder} is unknown (--replacements)`);
    return placeholder !== undefined;
  }

  /** Rejects a permission of two APIs: a role that may read the users of one API could read those of the other. */
  private refuseTwoApis(name: string): void {
    const apis = [...(this.apis.get(name) ?? [])];
    if (apis.length < 2) return;
    throw new CliError(
      `${shown(name)} is a permission of ${apis.length === 2 ? 'two' : apis.length} APIs, ${apis.map(shown).join(' and ')}, and a mapping cannot tell them apart: choose one API with --api.`,
    );
  }

  /** Rejects an API without permissions: a misspelt name would yield a mapping that grants nothing. */
  private refuseUnknownApi(): void {
    if (this.present.has(this.api)) return;
    const apis = [...this.present].filter((name) => name !== undefined);
    const choice = apis.length === 0 ? ' No permission names its API.' : ` The APIs are ${apis.map(shown).join(', ')}.`;
    throw new CliError(
      `No permission in ${this.source} is of the API ${shown(this.api)}.${didYouMean(this.api ?? '', apis)}${choice}`,
    );
  }
}

/** Returns the held roles if every role lists its users. */
function heldIn(roles: readonly Record<string, unknown>[]): ReadonlySet<string> | undefined {
  if (roles.length === 0 || !roles.every((role) => Array.isArray(role['users']))) return undefined;
  return new Set(roles.filter(({ users }) => (users as unknown[]).length > 0).map(({ name }) => name as string));
}
