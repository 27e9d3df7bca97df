import type { RequestHeaders } from './request-headers.js';

/** A request as functions of the application see it: that of Express or Fastify; of a WebSocket handshake Node's own. */
export interface TokenRequest extends RequestHeaders {
  readonly method?: string | undefined;
  /** Path and query. Where a framework has a shortened one, the whole is `originalUrl`. */
  readonly url?: string | undefined;
  readonly originalUrl?: string | undefined;
}

/**
 * Reads the token of a request: returns `undefined` or `null` if there is none. Declared as a method, so that a function of Express's or
 * Fastify's own request type fits.
 */
export type ReadToken = { read(request: TokenRequest): string | null | undefined }['read'];

/**
 * A place where the access token of a request may be.
 *
 * `'authorization'`: the Authorization header, which browsers never send by themselves.
 *
 * `{ header }`: another header, which holds the token, with or without `Bearer` before it: `x-goog-iap-jwt-assertion`,
 * `cf-access-jwt-assertion`, `x-forwarded-access-token`. **Cross-site request forgery**: a proxy that adds it because of a cookie of its own adds it
 * to requests that other sites' pages make, too. Have that cookie be `SameSite=Lax` or `Strict`.
 *
 * `{ cookie }`: a cookie. **Cross-site request forgery**: a browser sends a cookie by itself, also when a page of another site makes the
 * request. So the cookie is read for GET, HEAD and OPTIONS, and otherwise only where the browser says that a page of this service's own origin, or of
 * one of `origins`, makes the request (`Sec-Fetch-Site`, else `Origin`; who sends neither is no browser of today). Let no GET change anything, and
 * set the cookie with `HttpOnly`, `Secure`, `SameSite=Lax` and a name that begins with `__Host-`.
 *
 * `{ query }`: a parameter of the query, for what cannot send headers (`EventSource`). URLs end up in logs, histories and the `Referer` of
 * other sites: use it for short-lived tokens, and send `Cache-Control: no-store`.
 *
 * A function: whatever it returns. The warning about forgery holds if it reads what a browser sends by itself.
 */
export type TokenSource =
  | 'authorization'
  | { readonly header: string }
  | {
      readonly cookie: string;
      /** Origins whose pages may make changes with the cookie, such as `https://app.acme.com`. Default: this service's own alone. */
      readonly origins?: readonly string[];
    }
  | { readonly query: string }
  | ReadToken;
