import { choiceOption, readClaim, shown, wrongValue } from '../../../core/index.js';
import type { IssuerOptions, RoleClaim } from '../options/issuer-options.interface.js';
import type { Claims } from '../claims/claims.js';
import { presetOptions } from './preset-options.js';

/**
 * Microsoft Entra ID, one tenant. The roles are the app roles (`roles`). `iss` contains the tenant's id, and `tid` must equal it. For several
 * tenants, list several presets in `issuers`.
 *
 * ID tokens and access tokens look alike (no `typ`). Only access tokens have `scp` (for a user), or name the client beside the `roles`.
 * If roles are read from `groups`: the token of a user with more than 200 groups has a reference instead. It is refused with reason
 * `roles_overage`, never read as a token without roles.
 *
 * @param options.tenantId The directory's GUID. Not `common`, `organizations`, `consumers` or a domain: tokens name the directory by its GUID,
 * whichever of these names the client used.
 * @param options.version Version of the tokens, as in the API's manifest (`requestedAccessTokenVersion`). Default: 2.
 * @param options.roles Default: `roles`.
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function entraId(options: {
  readonly tenantId: string;
  readonly version?: 1 | 2;
  readonly roles?: RoleClaim;
}): IssuerOptions {
  const given = presetOptions(options, 'entraId()', { tenantId: true, version: true, roles: true });
  const { roles = ['roles'] } = given;
  const tenant = directoryId(given.tenantId);
  const host = 'https://login.microsoftonline.com';
  const isV1 = choiceOption(given.version, 'entraId({ version })', [1, 2], { byDefault: 2 }) === 1;
  return {
    issuer: isV1 ? `https://sts.windows.net/${tenant}/` : `${host}/${tenant}/v2.0`,
    jwksUri: isV1 ? `${host}/${tenant}/discovery/keys` : `${host}/${tenant}/discovery/v2.0/keys`,
    roles,
    tenant: ['tid'],
    refuse: (claims) => {
      if (readClaim(claims, ['tid']) !== tenant) return 'claims_invalid';
      return isAccessToken(claims, isV1 ? 'appid' : 'azp') ? undefined : 'not_access_token';
    },
  };
}

/** ID tokens may have `roles`, but neither the client's name nor its way of authentication (`azpacr`, in version 1 `appidacr`). */
function isAccessToken(claims: Claims, client: string): boolean {
  const has = (name: string) => Object.hasOwn(claims, name);
  return has('scp') || has(`${client}acr`) || (has('roles') && has(client));
}

const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function directoryId(value: unknown): string {
  if (typeof value === 'string' && GUID.test(value)) return value.toLowerCase();
  const what = 'the GUID of the directory, such as "11111111-2222-3333-4444-555555555555"';
  throw wrongValue('AUTHZ_STRING', 'entraId({ tenantId })', what, shown(value), remedy(value));
}

function remedy(value: unknown): string {
  switch (value) {
    case 'common':
    case 'organizations':
      return 'Tokens never name it in "iss". Write one preset for each directory into "issuers", or issuers: { resolve(iss) } for directories in a database.';
    case 'consumers':
      return 'Personal accounts are the directory 9188040d-6c67-4c5b-b112-36a304b66dad.';
    default:
      return 'It is the "Tenant ID" on the overview page of the Entra admin center.';
  }
}
