import type { IssuerSettings } from '../authentication/index.js';
import { isRecord, UnreadableClaim } from '../core/index.js';

/** Returns claims that an application accepts from one of its issuers, with the roles in the configured claim and format. */
export function fittingClaims(settings: IssuerSettings, roles: readonly string[]): Record<string, unknown> {
  // `null` accepts tokens that name no client.
  const [accepted = 'test-client'] = settings.clientIds ?? [];
  const client = accepted ?? undefined;
  return {
    iss: settings.issuer,
    ...(settings.audience && { aud: settings.audience[0] }),
    // Providers use different claims for client and scopes, and each preset checks that of its provider.
    client_id: client,
    azp: client,
    cid: client,
    scope: '',
    scp: [],
    // Entra ID names the directory in `iss` and in `tid`.
    ...(settings.tenant?.join('.') === 'tid' && { tid: settings.issuer.split('/')[3] }),
    ...Object.fromEntries([...settings.requiredClaims].map(([name, [value]]) => [name, value])),
    ...grouped(subjectClaim(settings), grouped(tenantClaim(settings), roleClaim(written(roles, settings), settings))),
  };
}

/** The subject, unless it is `sub`, which the stub issuer sets itself. */
function subjectClaim({ subject }: IssuerSettings): Record<string, unknown> {
  const [path] = subject?.paths ?? [];
  return path === undefined || path.join('.') === 'sub' ? {} : nested(path, 'test-subject');
}

/** The tenant, if the options require one. */
function tenantClaim({ tenant, readTenant, requiresTenant }: IssuerSettings): Record<string, unknown> {
  if (tenant === undefined || tenant.join('.') === 'tid' || requiresTenant === undefined) return {};
  const name = 'test-tenant';
  const forms = [name, [name], { [name]: {} }];
  return nested(tenant, forms.find((form) => readTenant === undefined || typeof readTenant(form, '') === 'string') ?? name);
}

/** Merges claims, also within one claim: Clerk writes `o.id` and `o.rol`. */
function grouped(first: Record<string, unknown>, second: Record<string, unknown>): Record<string, unknown> {
  const both = { ...first, ...second };
  for (const [name, value] of Object.entries(first))
    if (isRecord(value) && isRecord(second[name])) both[name] = grouped(value, second[name]);
  return both;
}

function roleClaim(value: unknown, { roles }: Pick<IssuerSettings, 'roles'>): Record<string, unknown> {
  return nested(roles[0] ?? ['roles'], value);
}

function written(roles: readonly string[], settings: IssuerSettings): unknown {
  const { rolesFormat, rolePrefix } = settings;
  const names = roles.map((name) => (name.startsWith(rolePrefix) ? name.slice(rolePrefix.length) : name));
  switch (rolesFormat) {
    case 'array':
    case 'one-or-many':
    case 'array-or-space-separated':
      return names;
    case 'keys':
      return keys(names, {});
    case 'space-separated':
      return names.join(' ');
    case 'comma-separated':
      return names.join(',');
    default:
      return readable(names, settings);
  }
}

/** The roles in a format that the function `rolesFormat` reads: a list, or an object whose values have the member that the function looks for. */
function readable(names: readonly string[], settings: IssuerSettings): unknown {
  const read = settings.readRoles(roleClaim(names, settings));
  if (!(read instanceof UnreadableClaim) && read.length === names.length) return names;
  const member = memberLookedFor(settings);
  return member === undefined ? names : keys(names, { [member]: 'test' });
}

/** Finds the member that the function `rolesFormat` looks for in each role, such as Zitadel's granting organization, by watching its access. */
function memberLookedFor(settings: IssuerSettings): string | undefined {
  let member: string | undefined;
  const watched = new Proxy(
    {},
    {
      getOwnPropertyDescriptor: (_, name) => {
        member = String(name);
        return undefined;
      },
    },
  );
  settings.readRoles(roleClaim({ role: watched }, settings));
  return member;
}

function keys(names: readonly string[], value: unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}
