import { AuthzConfigError, readClaim, shown } from '../../../core/index.js';
import type { IssuerOptions, RoleClaim } from '../issuer-options.interface.js';
import { nameOption } from './preset-options.js';

/**
 * Microsoft Entra ID, one tenant. The roles are the app roles (`roles`). The issuer is a template with the tenant's id in it, and the
 * id is pinned: `tid` must agree with `iss`. For several tenants list several presets in `issuers`.
 *
 * ID tokens and access tokens look alike (no `typ`), so a token needs `scp` or `roles`. Where roles are read from `groups`, a user with
 * more than 200 groups comes with a reference in place of them; such a token is refused with reason `roles_overage` rather than taken
 * for one without roles.
 *
 * @param options.tenantId The directory's GUID.
 * @param options.version Of the tokens, as the API's manifest says (`requestedAccessTokenVersion`). Default: 2.
 * @param options.roles Default: `roles`.
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function entraId(options: {
  readonly tenantId: string;
  readonly version?: 1 | 2;
  readonly roles?: RoleClaim;
}): IssuerOptions {
  const tenant = nameOption(options.tenantId, 'entraId({ tenantId })', '11111111-2222-3333-4444-555555555555');
  const host = 'https://login.microsoftonline.com';
  const { version = 2 } = options;
  if (![1, 2].includes(version))
    throw new AuthzConfigError('AUTHZ_PRESET', `"entraId({ version })" must be 1 or 2, got ${shown(version)}.`);
  const isV1 = version === 1;
  return {
    issuer: isV1 ? `https://sts.windows.net/${tenant}/` : `${host}/${tenant}/v2.0`,
    jwksUri: isV1 ? `${host}/${tenant}/discovery/keys` : `${host}/${tenant}/discovery/v2.0/keys`,
    roles: options.roles ?? ['roles'],
    tenant: ['tid'],
    refuse: (claims) => {
      if (readClaim(claims, ['tid']) !== tenant) return 'claims_invalid';
      return Object.hasOwn(claims, 'scp') || Object.hasOwn(claims, 'roles') ? undefined : 'not_access_token';
    },
  };
}
