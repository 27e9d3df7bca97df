/** What proof of possession needs to know about a request; each transport says it in its own way. */
export interface RequestFacts {
  /** HTTP method, in upper case. */
  readonly method: string;
  /** Path with which the service was called; a query after it does not matter. */
  readonly path: string;
  /** Values of the header `DPoP`, one per occurrence. */
  readonly dpop: readonly string[];
  /** SHA-256 of the client's TLS certificate in base64url (RFC 8705 section 3.1); `undefined` without mutual TLS on this connection. */
  readonly certificateThumbprint: () => string | undefined;
}
