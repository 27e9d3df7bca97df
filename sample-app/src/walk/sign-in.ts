import * as oidc from 'openid-client';
import { discover } from '../discover.js';
import { AUTHORITY_API, BILLING_API, REDIRECT_URI, SERVICE_ACCOUNTS, SHOP_API, USERS } from '../identity/directory.js';
import { Browser } from './browser.js';

/** What a user's client holds after a login. */
export interface Session {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
}

/** Gets tokens the way real clients do. */
export class SignIn {
  private constructor(
    readonly issuer: string,
    private readonly web: oidc.Configuration,
  ) {}

  static async at(issuer: string): Promise<SignIn> {
    return new SignIn(issuer, await discover(issuer, 'shop-web', oidc.None()));
  }

  /**
   * Authorization code with PKCE: follows the redirects and fills in the login page, as a person with a browser does.
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
        ['resource', SHOP_API], // one login for all APIs, but each token is for one of them
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

  /** Swaps a refresh token for an access token for the API named, and for the next refresh token. */
  async refresh({ refreshToken }: Session, api: string): Promise<Session> {
    return session(await oidc.refreshTokenGrant(this.web, refreshToken, { resource: api }));
  }

  /** Client credentials: an access token for a program. */
  async service(name: string, api = SHOP_API): Promise<string> {
    const account = await discover(this.issuer, name, oidc.ClientSecretBasic(SERVICE_ACCOUNTS.get(name)?.secret ?? ''));
    return (await oidc.clientCredentialsGrant(account, { resource: api })).access_token;
  }
}

function session(tokens: oidc.TokenEndpointResponse): Session {
  return { accessToken: tokens.access_token, idToken: tokens.id_token ?? '', refreshToken: tokens.refresh_token ?? '' };
}

/** Follows the redirects from the authorization endpoint to the redirect URI, by way of the login page. */
async function logIn(start: URL, name: string, password: string): Promise<URL> {
  const browser = new Browser();
  const page = await browser.open(start);
  const answer = await browser.submit(page, { name, password });
  if (!answer.url.href.startsWith(REDIRECT_URI)) throw new Error(`Logging in as ${name} failed at ${answer.url.href}.`);
  return answer.url;
}
