import { messageOf, shown } from '../../core/index.js';
import { unawaited } from '../issuers/claims/function-option.js';
import { AMBIGUOUS, bareCredentials, credentials, NONE, type Credentials } from './credentials.js';
import { headerOf } from './request-headers.js';
import { foreignOrigin } from './request-origin.js';
import type { ReadToken, TokenRequest, TokenSource } from './token-source.interface.js';

type CookieSource = Extract<TokenSource, { readonly cookie: string }>;

/** Reports to the operator why a token was not read. @param kind Reports of the same kind are repeated at a limited rate. */
export type SourceReport = (line: string, kind: string) => void;

/** A request, and how it is read. */
interface Reading {
  readonly request: TokenRequest;
  readonly dpop: boolean;
  /** Whether the method is safe, so that a forged request changes nothing. */
  readonly isSafe: boolean;
}

/** The kind of reports about functions of the application. */
const BY_FUNCTION = 'tokenFrom: function';

/** Safe methods (RFC 9110 section 9.2.1). */
const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Reads the access token of a request from the places in the option `tokenFrom`. Two tokens are ambiguous (RFC 6750 section 2). */
export class TokenSources {
  constructor(
    private readonly sources: readonly TokenSource[] = ['authorization'],
    private readonly report: SourceReport = () => undefined,
  ) {}

  /** @param dpop Whether the scheme DPoP is accepted beside Bearer. */
  read(request: TokenRequest, dpop: boolean): Credentials {
    return this.readAll(this.sources, { request, dpop, isSafe: SAFE_METHODS.has(request.method) });
  }

  /**
   * Reads the token of a request that opens a WebSocket, which a page of any site can make a browser send. For a page of another site, the token
   * is read only from places that neither browser nor proxy fills by itself: the Authorization header as the client sent it, the query, or a cookie
   * whose `origins` list the site.
   */
  readHandshake(request: TokenRequest, dpop: boolean): Credentials {
    const reading = { request, dpop, isSafe: false };
    const origin = foreignOrigin(request);
    if (origin === undefined) return this.readAll(this.sources, reading);
    const own = this.readAll(this.sources.filter(isExplicit), { ...reading, request: asSent(request) });
    if (own.kind === 'none' && this.readAll(this.sources.filter(isNoCookie), reading).kind !== 'none')
      this.report(
        `A page of ${shown(origin)} opened a WebSocket with a token that the browser or a proxy added, so the token was not read. If the page is yours, have it send the token itself.`,
        'tokenFrom: handshake',
      );
    return own;
  }

  private readAll(sources: readonly TokenSource[], reading: Reading): Credentials {
    let found = NONE;
    for (const source of sources) {
      const read = this.readOne(source, reading);
      if (read.kind === 'none') {
        if (read.header !== undefined && found.kind === 'none') found = read;
        continue;
      }
      if (read.kind === 'ambiguous' || found.kind !== 'none') return AMBIGUOUS;
      found = read;
    }
    return found;
  }

  private readOne(source: TokenSource, reading: Reading): Credentials {
    const { request, dpop } = reading;
    if (source === 'authorization') return credentials(headerOf(request, 'authorization'), dpop);
    if (typeof source === 'function') return this.ask(source, request);
    if ('header' in source) return bareCredentials(headerOf(request, source.header), dpop);
    return 'cookie' in source ? this.readCookie(source, reading) : oneOf(queryValues(request, source.query));
  }

  private readCookie({ cookie, origins }: CookieSource, { request, isSafe }: Reading): Credentials {
    const read = oneOf(cookieValues(request, cookie));
    const origin = read.kind === 'none' || isSafe ? undefined : foreignOrigin(request, origins);
    if (origin === undefined) return read;
    this.report(
      `A page of ${shown(origin)} sent the cookie ${shown(cookie)} with a request that may change something, so the token in it was not read. If the page is yours, write its origin: tokenFrom: { cookie: ${shown(cookie)}, origins: ['https://app.acme.com'] }.`,
      `tokenFrom: cookie ${cookie}`,
    );
    return NONE;
  }

  /** Refuses the request as one with an invalid token if the function throws or returns something other than a string. */
  private ask(read: ReadToken, request: TokenRequest): Credentials {
    try {
      const token: unknown = unawaited(read(request));
      if (token === undefined || token === null) return NONE;
      if (typeof token === 'string') return tokenOf(token);
      const came = token instanceof Promise ? 'a promise' : `a value of type ${typeof token}`;
      this.report(`The function in "tokenFrom" returned ${came} in place of a string, so a request was refused.`, BY_FUNCTION);
      return tokenOf('');
    } catch (error) {
      this.report(`The function in "tokenFrom" threw, so a request was refused: ${messageOf(error)}`, BY_FUNCTION);
      return tokenOf('');
    }
  }
}

/** Reads the Authorization header alone. */
export const BY_DEFAULT = new TokenSources();

function isExplicit(source: TokenSource): boolean {
  return source === 'authorization' || (typeof source === 'object' && !('header' in source));
}

/** {@link TokenSources.readCookie} reports cookies itself. */
function isNoCookie(source: TokenSource): boolean {
  return typeof source !== 'object' || !('cookie' in source);
}

/** The request without headers that middleware wrote, which may come from a cookie. */
function asSent({ raw, rawHeaders = [], url, originalUrl }: TokenRequest): TokenRequest {
  return { raw, rawHeaders, url, originalUrl };
}

function oneOf([token, ...others]: readonly string[]): Credentials {
  if (token === undefined) return NONE;
  return others.length > 0 ? AMBIGUOUS : tokenOf(token);
}

function tokenOf(token: string): Credentials {
  return { kind: 'token', token, scheme: 'bearer' };
}

/** Returns the values of a cookie (RFC 6265 section 4.2.1). Ignores empty ones, which a logout leaves. */
function cookieValues(request: TokenRequest, name: string): readonly string[] {
  return headerOf(request, 'cookie')
    .flatMap((header) => header.split(';'))
    .map((pair) => [pair.slice(0, Math.max(pair.indexOf('='), 0)).trim(), pair.slice(pair.indexOf('=') + 1).trim()] as const)
    .filter(([of, value]) => of === name && value !== '')
    .map(([, value]) => value.replace(/^"(.*)"$/, '$1'));
}

/** Returns the values of a parameter of the query. */
export function queryValues({ originalUrl, url = '' }: TokenRequest, name: string): readonly string[] {
  const whole = originalUrl ?? url;
  const start = whole.indexOf('?');
  return start < 0 ? [] : new URLSearchParams(whole.slice(start + 1)).getAll(name);
}
