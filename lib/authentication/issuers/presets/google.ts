import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { claimValues, presetOptions } from './preset-options.js';

/**
 * Google accounts. Google's access tokens are opaque; this preset accepts its **ID tokens**, as Google's own services do among each other. They
 * have no roles: use `@Authenticated()` or a mapping provider that reads other members of the principal.
 *
 * @param options.clientIds Accepted values of `aud`: OAuth client ids, or the URL of this service (Cloud Run, Pub/Sub push, Scheduler).
 * @see https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 */
export function google(options: { readonly clientIds: readonly string[] }): IssuerOptions {
  const given = presetOptions(options, 'google()', { clientIds: true });
  return {
    issuer: 'https://accounts.google.com',
    jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
    audience: claimValues(given.clientIds, 'google({ clientIds })', '1234.apps.googleusercontent.com'),
    tokenKind: 'id',
    tenant: ['hd'],
  };
}
