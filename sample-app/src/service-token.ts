import * as oidc from 'openid-client';
import { discover } from './discover.js';
import { setting } from './setting.js';

/** A token is replaced this long before its end, in milliseconds. */
const EARLY_MS = 60_000;
/** The API that services call in their own name. */
const AUTHORITY = 'https://authority.shop.example';

let held = { token: '', until: 0 };

/** The headers of a request to the authority: a token of the service's own, kept until shortly before its end. */
export async function asService(): Promise<{ readonly authorization: string }> {
  if (Date.now() >= held.until) held = await newToken();
  return { authorization: `Bearer ${held.token}` };
}

/** By client credentials. */
async function newToken() {
  const secret = oidc.ClientSecretBasic(setting('CLIENT_SECRET'));
  const client = await discover(setting('ISSUER'), setting('CLIENT_ID'), secret);
  const { access_token: token, expires_in = 0 } = await oidc.clientCredentialsGrant(client, { resource: AUTHORITY });
  return { token, until: Date.now() + expires_in * 1000 - EARLY_MS };
}
