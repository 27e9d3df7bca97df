/** What tells a service who calls it, as headers. */
export interface OutboundHeaders {
  /** `Bearer <access token>` (RFC 6750 section 2.1). */
  readonly authorization: string;
  /** Of the current call, where it came with a well-formed one (W3C Trace Context). */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Where headers are put. */
interface Headers {
  has(name: string): boolean;
  set(name: string, value: string): unknown;
}

/** A token that is there is replaced; a trace that is there stays: whoever put it knows better. */
export function putHeaders(headers: Headers, { authorization, ...trace }: OutboundHeaders): void {
  headers.set('authorization', authorization);
  if (headers.has('traceparent')) return;
  for (const [name, value] of Object.entries(trace)) headers.set(name, value);
}
