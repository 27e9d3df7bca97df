import * as oidc from 'openid-client';

/** What a client knows of the identity provider, and how it says who it is. */
export function discover(issuer: string, client: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out: http is for loopback only
  return oidc.discovery(new URL(issuer), client, undefined, authentication, { execute: [oidc.allowInsecureRequests] });
}
