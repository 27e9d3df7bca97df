/** What tells a service who calls it, as headers. */
export interface OutboundHeaders {
  /** `Bearer <access token>` (RFC 6750 section 2.1). */
  readonly authorization: string;
  /** Of the current call, where it came with a well-formed one (W3C Trace Context). */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Headers for one request, and what becomes of their token afterwards. */
export interface Credentials {
  readonly headers: OutboundHeaders;
  /** The target answered 401: where the token is kept, it is so no longer. */
  readonly refused: () => void;
}

/** Where headers are put. */
interface Headers {
  has(name: string): boolean;
  set(name: string, value: string): unknown;
}

/** A token that is there is replaced; a trace that is there stays: whoever put it knows better. */
export function putHeaders(headers: Headers, { authorization, ...trace }: OutboundHeaders): void {
  headers.set('authorization', authorization);
  putTrace(headers, trace);
}

/** The same without the token. */
export function putTrace(headers: Headers, trace: Omit<OutboundHeaders, 'authorization'>): void {
  if (headers.has('traceparent')) return;
  for (const [name, value] of Object.entries(trace)) headers.set(name, value);
}
