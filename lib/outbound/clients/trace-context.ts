import type { RunningCall } from '../../authorization/index.js';

/** The trace of a call (W3C Trace Context). */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

// Version, trace, parent, flags, in lower case; neither id may be all zeros, and ff is no version (section 3.2.2).
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
// Printable ASCII; a longer value need not be passed on (section 3.3.1.5).
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** Returns the well-formed parts of the trace of a call. */
export function traceContext(call: RunningCall | undefined): TraceContext {
  const header = (name: string) => call?.transport.header?.(call.args, name);
  const traceparent = header('traceparent');
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return {};
  const tracestate = header('tracestate');
  return tracestate !== undefined && TRACESTATE.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}
