import type { ServerResponse } from 'node:http';
import type { Principal } from '../../core/index.js';
import { discardWrite, type OpenCall, type OpenCalls, type Refusal } from '../../authorization/index.js';
import { breakOff, type BreakableResponse, type BreakableSocket, type BreakableStream } from './break-off.js';

type Write = (chunk: unknown, encoding?: unknown, done?: unknown) => boolean;

/** The response of Node, of HTTP/1 or HTTP/2. */
interface NodeResponse extends BreakableResponse, Pick<ServerResponse, 'once' | 'end' | 'headersSent'> {
  write: Write;
  /** HTTP/1: whether the connection is closed. */
  readonly destroyed?: boolean;
  readonly socket: (BreakableSocket & { destroySoon?(): unknown }) | null;
  /** HTTP/2: the stream of this response; the connection carries others. */
  readonly stream?: BreakableStream & { readonly destroyed: boolean };
  [BOUND]?: TokenBound;
}

/** The members that we use of a response; on Fastify the Node response is its `raw`. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
  readonly headersSent?: boolean;
  readonly raw?: NodeResponse;
  send?(payload?: unknown): unknown;
}

/** The token that limits a response. */
interface Ending {
  readonly principal: Principal;
  readonly open: OpenCalls;
  readonly isEventStream: boolean;
  /** Ends when the token expires, not when it is revoked. Default: false. */
  readonly outlivesRevocation?: boolean;
}

/** State of a response that ends with its caller's token. */
interface TokenBound {
  ending: Ending;
  readonly write: Write;
  call: OpenCall | undefined;
  isCutOff: boolean;
}

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const BOUND = Symbol('authz:token-bound');

/** How long a client may take to read the event with the reason, in milliseconds. */
const LAST_EVENT_TIMEOUT_MS = 5000;

/**
 * Makes `send()` of Fastify end a response that has started. Fastify before 5.12, which Nest 11 installs, throws an uncatchable error if `send()` is
 * called after the headers were sent: any refused caller could end the process. On Express, Nest ends such a response itself.
 */
export function endInsteadOfSending(response: HttpResponse): void {
  const { raw } = response;
  if (raw === undefined) return;
  response.send = () => {
    raw.end();
    return response;
  };
}

/**
 * Ends a response that is written in parts with the caller's token: server-sent events, downloads, streams. A response that is sent as a whole costs
 * only this call: the watch starts with the first part.
 */
export function endWithToken(response: HttpResponse, ending: Ending): void {
  const raw = response.raw ?? (response as unknown as NodeResponse);
  const bound = raw[BOUND];
  if (bound === undefined) {
    raw[BOUND] = { ending, write: raw.write, call: undefined, isCutOff: false };
    raw.write = writePart;
    return;
  }
  // The guard has run before: a middleware route passed the request on, or the guard is bound twice.
  bound.ending = ending;
  bound.call?.renew(ending.principal);
}

/** Never restores the original `write`: that would remove wrappers that others added in the meantime (compression, body logs). */
function writePart(this: NodeResponse, chunk: unknown, encoding?: unknown, done?: unknown): boolean {
  const bound = boundOf(this);
  if (bound.call === undefined && !bound.isCutOff) watch(this, bound);
  return bound.isCutOff ? discardWrite(encoding, done) : bound.write.call(this, chunk, encoding, done);
}

function boundOf({ [BOUND]: bound }: NodeResponse): TokenBound {
  if (bound === undefined) throw new Error('write() was called on a response without a token that limits it.');
  return bound;
}

function watch(response: NodeResponse, bound: TokenBound): void {
  if (response.destroyed === true || response.stream?.destroyed === true) return; // the client has disconnected: `close` does not come again
  const { open, principal, outlivesRevocation } = bound.ending;
  const ended = open.reasonToEnd(principal, outlivesRevocation);
  if (ended !== undefined) {
    open.noteEnd(principal, ended);
    cutOff(response, bound, open.refusalFor(ended));
    return;
  }
  const call = open.watch(principal, (_reason, answer) => cutOff(response, bound, answer), outlivesRevocation);
  bound.call = call;
  response.once('close', () => call.release());
}

/** Sends event streams the reason, and aborts other responses: a download must not look complete. */
function cutOff(response: NodeResponse, bound: TokenBound, { body }: Refusal): void {
  bound.isCutOff = true;
  if (bound.ending.isEventStream) sendLastEvent(response, bound, `event: unauthorized\ndata: ${JSON.stringify(body)}\n\n`);
  else breakOff(response);
}

/**
 * Sends a last event, then closes the connection. Over HTTP/1 the response gets no regular end: the connection would look free, and the client would
 * send its next request on it. Nest ends the handler's `Observable` when the connection closes. A client that does not read is disconnected after the
 * timeout.
 */
function sendLastEvent(response: NodeResponse, { write }: TokenBound, event: string): void {
  const timer = setTimeout(() => breakOff(response), LAST_EVENT_TIMEOUT_MS).unref();
  response.once('close', () => clearTimeout(timer));
  write.call(response, event);
  if (response.stream === undefined) response.socket?.destroySoon?.();
  else response.end();
}
