import * as oidc from 'openid-client';
import { discover } from '../discover.js';

/** A token is replaced this long before its end, in milliseconds. */
const EARLY_MS = 60_000;

/** The client that this service is at the identity provider, and the API that it calls in its own name. */
export interface ServiceClient {
  readonly issuer: string;
  readonly client: string;
  readonly secret: string;
  readonly api: string;
}

/** Gets tokens by client credentials, and keeps each until shortly before its end. */
export function serviceToken({ issuer, client, secret, api }: ServiceClient): () => Promise<string> {
  let held = { token: '', until: 0 };
  return async () => {
    if (Date.now() < held.until) return held.token;
    const asClient = await discover(issuer, client, oidc.ClientSecretBasic(secret));
    const { access_token: token, expires_in = 0 } = await oidc.clientCredentialsGrant(asClient, { resource: api });
    held = { token, until: Date.now() + expires_in * 1000 - EARLY_MS };
    return token;
  };
}
