import type { RequestHeaders } from './request-headers.js';

/** The request that a function in `tokenFrom` gets: that of Express or Fastify; for a WebSocket handshake that of Node. */
export interface TokenRequest extends RequestHeaders {
  readonly method?: string | undefined;
  /** Path and query. A framework may shorten it; `originalUrl` is then complete. */
  readonly url?: string | undefined;
  readonly originalUrl?: string | undefined;
}

/**
 * Returns the token of a request; `undefined` or `null` if there is none. Declared as a method, so that a function for the request type of Express
 * or Fastify fits.
 */
export type ReadToken = { read(request: TokenRequest): string | null | undefined }['read'];

/**
 * A place of a request from which the access token is read.
 *
 * `'authorization'`: the Authorization header, which browsers never send by themselves.
 *
 * `{ header }`: another header with the token, with or without `Bearer` before it: `x-goog-iap-jwt-assertion`,
 * `cf-access-jwt-assertion`, `x-forwarded-access-token`. **Cross-site request forgery**: a proxy that adds the header because of a cookie adds it
 * to requests from pages of other sites too. Set that cookie to `SameSite=Lax` or `Strict`.
 *
 * `{ cookie }`: a cookie. **Cross-site request forgery**: a browser sends a cookie by itself, also with requests from pages of other sites. So the
 * cookie is read for GET, HEAD and OPTIONS, and for other methods only if the browser states that a page of this service's own origin, or of
 * one of `origins`, made the request (`Sec-Fetch-Site`, else `Origin`; a client that sends neither is no current browser). No GET may change
 * anything. Set the cookie with `HttpOnly`, `Secure`, `SameSite=Lax` and a name that begins with `__Host-`.
 *
 * `{ query }`: a parameter of the query, for clients that cannot send headers (`EventSource`). URLs end up in logs, histories and the `Referer` of
 * other sites: use it for short-lived tokens, and send `Cache-Control: no-store`.
 *
 * A function: its return value is the token. The same warning applies if it reads something that a browser sends by itself.
 */
export type TokenSource =
  | 'authorization'
  | { readonly header: string }
  | {
      readonly cookie: string;
      /** Further origins whose pages may make changes with the cookie, such as `https://app.acme.com`. Default: none. */
      readonly origins?: readonly string[];
    }
  | { readonly query: string }
  | ReadToken;
