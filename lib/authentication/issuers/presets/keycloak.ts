import { AuthzConfigError, shown } from '../../../core/index.js';
import type { IssuerOptions } from '../issuer-options.interface.js';
import { baseUrl, claimValue, pathSegment } from './preset-options.js';

/**
 * Keycloak. The roles are those of the realm (`realm_access.roles`) or of one client (`resource_access.<client>.roles`), never both:
 * a realm role and a client role of the same name are different things.
 * `aud` names this service only if the client has an audience mapper for it. Access tokens have `typ: "Bearer"` among the claims, ID tokens
 * `"ID"`. From Keycloak 25 on, tokens of a client without the client scope `basic` have no `sub` and are refused (`claims_invalid`): add the scope
 * to the client.
 *
 * @param options.url Base URL of the server as in `iss` of its tokens, such as `https://id.acme.com` (before Keycloak 17 ending in `/auth`).
 * @param options.realm The realm's name, unencoded.
 * @param options.clientRolesOf Reads the roles of the client with this id, which may be a URL, instead of the realm's.
 * @param options.organization Reads the tenant from the claim `organization` (Keycloak 26, client scope `organization`), in each of its formats. A
 * token with several organizations is refused; with `required`, a token without one too. Default: no tenant is read.
 * @param options.internalUrl Base URL by which this service reaches Keycloak, such as one inside the cluster. Default: `url`.
 * @param options.allowHttp Allows an `http:` URL off loopback, as inside a cluster. Default: false.
 * @see https://www.keycloak.org/securing-apps/oidc-layers
 */
export function keycloak(options: {
  readonly url: string;
  readonly realm: string;
  readonly clientRolesOf?: string;
  readonly organization?: 'optional' | 'required';
  readonly internalUrl?: string;
  readonly allowHttp?: boolean;
}): IssuerOptions {
  const realm = `/realms/${pathSegment(options.realm, 'keycloak({ realm })', 'acme')}`;
  const url = baseUrl(options.url, 'keycloak({ url })');
  const keysUrl = options.internalUrl === undefined ? url : baseUrl(options.internalUrl, 'keycloak({ internalUrl })');
  return {
    issuer: `${url}${realm}`,
    jwksUri: `${keysUrl}${realm}/protocol/openid-connect/certs`,
    roles:
      options.clientRolesOf === undefined
        ? ['realm_access', 'roles']
        : ['resource_access', claimValue(options.clientRolesOf, 'keycloak({ clientRolesOf })', 'orders'), 'roles'],
    ...organizationTenant(options.organization),
    requiredClaims: { typ: ['Bearer', 'DPoP'] },
    allowHttp: options.allowHttp ?? false,
  };
}

function organizationTenant(organization: unknown): Pick<IssuerOptions, 'tenant'> {
  if (organization === undefined) return {};
  if (organization === 'optional' || organization === 'required')
    return { tenant: { claim: ['organization'], format: 'single', required: organization === 'required' } };
  throw new AuthzConfigError(
    'AUTHZ_PRESET',
    `"keycloak({ organization })" must be 'optional' or 'required', got ${shown(organization)}.`,
  );
}
