import type { IssuerSettings } from '../authentication/index.js';

/** Claims that an application accepts from one of its issuers, roles at the place and in the form in which it looks for them. */
export function fittingClaims(settings: IssuerSettings, roles: readonly string[]): Record<string, unknown> {
  const client = settings.clientIds?.[0] ?? 'test-client';
  return {
    iss: settings.issuer,
    ...(settings.audience && { aud: settings.audience[0] }),
    // Providers name the client and the scopes differently, and presets look for the name that is theirs.
    client_id: client,
    azp: client,
    cid: client,
    scope: '',
    scp: [],
    // Entra ID names the directory in `iss` and once more beside it.
    ...(settings.tenant?.join('.') === 'tid' && { tid: settings.issuer.split('/')[3] }),
    ...Object.fromEntries([...settings.requiredClaims].map(([name, [value]]) => [name, value])),
    ...nested(settings.roles[0] ?? ['roles'], written(roles, settings)),
  };
}

function written(roles: readonly string[], { rolesFormat, rolePrefix }: IssuerSettings): unknown {
  const names = roles.map((name) => (name.startsWith(rolePrefix) ? name.slice(rolePrefix.length) : name));
  switch (rolesFormat) {
    case 'keys':
      return Object.fromEntries(names.map((name) => [name, {}]));
    case 'space-separated':
      return names.join(' ');
    case 'comma-separated':
      return names.join(',');
    default:
      return names;
  }
}

function nested(keys: readonly string[], value: unknown): Record<string, unknown> {
  return keys.reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}
