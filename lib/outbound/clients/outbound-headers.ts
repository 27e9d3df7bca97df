/** The headers for a request to a target. */
export interface OutboundHeaders {
  /** `Bearer <access token>` (RFC 6750 section 2.1). */
  readonly authorization: string;
  /** That of the current call, if it is well-formed (W3C Trace Context). */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Headers for one request, and what to call if their token is refused. */
export interface Credentials {
  readonly headers: OutboundHeaders;
  /** Called if the target responds with 401: drops a kept token. */
  readonly refused: () => void;
}

/** The headers of a request. */
interface Headers {
  has(name: string): boolean;
  set(name: string, value: string): unknown;
}

/** Sets the token, and the trace unless the request already has one. */
export function putHeaders(headers: Headers, { authorization, ...trace }: OutboundHeaders): void {
  headers.set('authorization', authorization);
  putTrace(headers, trace);
}

/** Sets the trace unless the request already has one. */
export function putTrace(headers: Headers, trace: Omit<OutboundHeaders, 'authorization'>): void {
  if (headers.has('traceparent')) return;
  for (const [name, value] of Object.entries(trace)) headers.set(name, value);
}
