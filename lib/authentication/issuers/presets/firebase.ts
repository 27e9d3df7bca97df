import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import { nameOption, presetOptions } from './preset-options.js';

/**
 * Firebase Authentication and Google Identity Platform. The bearer token is an **ID token**; roles are custom claims set with the
 * Admin SDK (`setCustomUserClaims(uid, { roles: ['clerk'] })`), at the top level.
 *
 * @param options.projectId The Firebase project.
 * @param options.roles Default: `roles`.
 * @see https://firebase.google.com/docs/auth/admin/verify-id-tokens
 */
export function firebase(options: { readonly projectId: string; readonly roles?: RoleClaim }): IssuerOptions {
  const given = presetOptions(options, 'firebase()', { projectId: true, roles: true });
  const { roles = ['roles'] } = given;
  const project = nameOption(given.projectId, 'firebase({ projectId })', 'acme-prod');
  return {
    issuer: `https://securetoken.google.com/${project}`,
    jwksUri: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    audience: project,
    algorithms: ['RS256'],
    tokenKind: 'id',
    roles,
    tenant: ['firebase', 'tenant'],
  };
}
