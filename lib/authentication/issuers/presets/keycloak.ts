import { choiceOption, flagOption } from '../../../core/index.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { baseUrl, claimValue, pathSegment, presetOptions } from './preset-options.js';

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
  const given = presetOptions(options, 'keycloak()', {
    url: true,
    realm: true,
    clientRolesOf: true,
    organization: true,
    internalUrl: true,
    allowHttp: true,
  });
  const realm = `/realms/${pathSegment(given.realm, 'keycloak({ realm })', 'acme')}`;
  const url = baseUrl(given.url, 'keycloak({ url })');
  const keysUrl = given.internalUrl === undefined ? url : baseUrl(given.internalUrl, 'keycloak({ internalUrl })');
  return {
    issuer: `${url}${realm}`,
    jwksUri: `${keysUrl}${realm}/protocol/openid-connect/certs`,
    roles:
      given.clientRolesOf === undefined
        ? ['realm_access', 'roles']
        : ['resource_access', claimValue(given.clientRolesOf, 'keycloak({ clientRolesOf })', 'orders'), 'roles'],
    ...organizationTenant(given.organization),
    requiredClaims: { typ: ['Bearer', 'DPoP'] },
    allowHttp: flagOption(given.allowHttp, 'keycloak({ allowHttp })'),
  };
}

function organizationTenant(organization: unknown): Pick<IssuerOptions, 'tenant'> {
  if (organization === undefined) return {};
  const chosen = choiceOption(organization, 'keycloak({ organization })', ['optional', 'required']);
  return { tenant: { claim: ['organization'], format: 'single', required: chosen === 'required' } };
}
