import type { IssuerSettings } from '../authentication/index.js';

/** Claims that an application with these settings accepts, roles at the place where it looks for them. */
export function fittingClaims(settings: IssuerSettings, roles: readonly string[]): Record<string, unknown> {
  return {
    iss: settings.issuer,
    ...(settings.audience && { aud: settings.audience[0] }),
    ...(settings.clientIds && { client_id: settings.clientIds[0] }),
    ...Object.fromEntries(settings.requiredClaims),
    ...nested(settings.claims.roles, roles),
  };
}

function nested(keys: readonly string[], value: unknown): Record<string, unknown> {
  return keys.reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}
