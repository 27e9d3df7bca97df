import * as oidc from 'openid-client';

/** Returns a client's configuration: the identity provider's metadata and the client's authentication. */
export function discover(issuer: string, client: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only as a warning: http is for loopback only
  return oidc.discovery(new URL(issuer), client, undefined, authentication, { execute: [oidc.allowInsecureRequests] });
}
