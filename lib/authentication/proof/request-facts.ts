/** The parts of a request that proof of possession needs; each transport provides them. */
export interface RequestFacts {
  /** HTTP method, in upper case. */
  readonly method: string;
  /** Path of the request. A query is ignored. */
  readonly path: string;
  /** Values of the header `DPoP`, one for each occurrence. */
  readonly dpop: readonly string[];
  /** Returns the SHA-256 of the client's TLS certificate in base64url (RFC 8705 section 3.1); `undefined` without mutual TLS on this connection. */
  readonly certificateThumbprint: () => string | undefined;
}
