import * as oidc from 'openid-client';
import { discover } from '../discover.js';
import { AUTHORITY_API, BILLING_API, REDIRECT_URI, SERVICE_ACCOUNTS, SHOP_API, USERS } from '../identity/directory.js';
import { Browser } from './browser.js';

/** Tokens of a user's client after a login. */
export interface Session {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
}

/** Gets tokens as real clients do. */
export class SignIn {
  private constructor(
    readonly issuer: string,
    private readonly web: oidc.Configuration,
  ) {}

  static async at(issuer: string): Promise<SignIn> {
    return new SignIn(issuer, await discover(issuer, 'shop-web', oidc.None()));
  }

  /**
   * Logs in with authorization code and PKCE: follows the redirects and fills in the login page, like a user with a browser.
   * @param maxAge How recent the login must be, in seconds. Default: any.
   */
  async user(name: string, maxAge?: number): Promise<Session> {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const expectedNonce = oidc.randomNonce();
    const start = oidc.buildAuthorizationUrl(
      this.web,
      new URLSearchParams([
        ['redirect_uri', REDIRECT_URI],
        ['scope', 'openid'],
        ['resource', SHOP_API], // one login for all APIs, one token for each
        ['resource', BILLING_API],
        ['resource', AUTHORITY_API],
        ['code_challenge', await oidc.calculatePKCECodeChallenge(pkceCodeVerifier)],
        ['code_challenge_method', 'S256'],
        ['state', expectedState],
        ['nonce', expectedNonce],
      ]),
    );
    if (maxAge !== undefined) start.searchParams.set('max_age', String(maxAge));
    const callback = await logIn(start, name, USERS.get(name)?.password ?? '');
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, ...(maxAge !== undefined && { maxAge }) };
    return session(await oidc.authorizationCodeGrant(this.web, callback, checks, { resource: SHOP_API }));
  }

  /** Exchanges a refresh token for an access token for the API and the next refresh token. */
  async refresh({ refreshToken }: Session, api: string): Promise<Session> {
    return session(await oidc.refreshTokenGrant(this.web, refreshToken, { resource: api }));
  }

  /** Gets an access token for a program, with client credentials. */
  async service(name: string, api = SHOP_API): Promise<string> {
    const account = await discover(this.issuer, name, oidc.ClientSecretBasic(SERVICE_ACCOUNTS.get(name)?.secret ?? ''));
    return (await oidc.clientCredentialsGrant(account, { resource: api })).access_token;
  }
}

function session(tokens: oidc.TokenEndpointResponse): Session {
  return { accessToken: tokens.access_token, idToken: tokens.id_token ?? '', refreshToken: tokens.refresh_token ?? '' };
}

/** Follows the redirects from the authorization endpoint through the login page to the redirect URI. */
async function logIn(start: URL, name: string, password: string): Promise<URL> {
  const browser = new Browser();
  const page = await browser.open(start);
  const result = await browser.submit(page, { name, password });
  if (!result.url.href.startsWith(REDIRECT_URI)) throw new Error(`Logging in as ${name} failed at ${result.url.href}.`);
  return result.url;
}
