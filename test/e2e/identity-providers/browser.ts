import * as oidc from 'openid-client';
import { PASSWORD, REDIRECT } from './keycloak-realm.js';

/** The tokens of a user after logging in to a web application. */
export type Login = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** Most pages that a login has: one for the name of the user, one for the password. */
const MOST_PAGES = 3;

/** A browser without a screen: keeps cookies, and fills in the forms of Keycloak. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  /** Logs a user in by authorization code and PKCE, as a web application has it done. */
  async logIn(config: oidc.Configuration, username: string, scope = 'openid'): Promise<Login> {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
    const begin = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const back = await this.fillIn(begin, { username, password: PASSWORD });
    return oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce });
  }

  /** Logs the user out everywhere, as a web application has it done (OpenID Connect RP-Initiated Logout). */
  async logOut(config: oidc.Configuration, { id_token }: Login): Promise<void> {
    const answer = await this.go(oidc.buildEndSessionUrl(config, { id_token_hint: id_token! }));
    if (!answer.ok) throw new Error(`The logout was answered ${answer.status}.`);
  }

  /** Fills in one page after another; resolves with where the last one leads. */
  private async fillIn(begin: URL, fields: Record<string, string>): Promise<URL> {
    let answer = await this.go(begin);
    for (let page = 0; page < MOST_PAGES && answer.status === 200; page++)
      answer = await this.go(formAction(await answer.text()), fields);
    const back = answer.headers.get('location');
    if (back === null) throw new Error(`The login ended with ${answer.status}.`);
    return new URL(back);
  }

  private async go(url: URL, fields?: Record<string, string>): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      this.cookies.set(name, value);
    }
    return answer;
  }
}

/** The URL to which the form of a page is sent. */
function formAction(page: string): URL {
  const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
  return new URL(action.replaceAll('&amp;', '&'));
}
