import type { ServerResponse } from 'node:http';
import type { Principal } from '../../core/index.js';
import { discardWrite, type OpenCall, type OpenCalls, type Refusal } from '../../authorization/index.js';
import { breakOff, type BreakableResponse, type BreakableSocket, type BreakableStream } from './break-off.js';

type Write = (chunk: unknown, encoding?: unknown, done?: unknown) => boolean;

/** The response of Node, of HTTP/1 or HTTP/2. */
interface NodeResponse extends BreakableResponse, Pick<ServerResponse, 'once' | 'end' | 'headersSent'> {
  write: Write;
  /** Whether its connection is gone; HTTP/1. */
  readonly destroyed?: boolean;
  readonly socket: (BreakableSocket & { destroySoon?(): unknown }) | null;
  /** HTTP/2, where the connection has others. */
  readonly stream?: BreakableStream & { readonly destroyed: boolean };
  [BOUND]?: TokenBound;
}

/** What we use of a response; on Fastify the Node response is its `raw`. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
  readonly headersSent?: boolean;
  readonly raw?: NodeResponse;
  send?(payload?: unknown): unknown;
}

/** Whose token a response ends with. */
interface Ending {
  readonly principal: Principal;
  readonly open: OpenCalls;
  readonly isEventStream: boolean;
  /** Ends when the token expires, not when it is revoked. Default: false. */
  readonly outlivesRevocation?: boolean;
}

/** What is kept of a response that ends with its caller's token. */
interface TokenBound {
  ending: Ending;
  readonly write: Write;
  call: OpenCall | undefined;
  isCutOff: boolean;
}

/** Not registered: another copy of the library keeps its own. */
const BOUND = Symbol('authz:token-bound');

/** How long a client may take to read the event that tells it why, in milliseconds. */
const FAREWELL_MS = 5000;

/**
 * Makes Fastify end a response that has begun, instead of sending another. Fastify before 5.12, which Nest 11 brings along, throws an error that
 * nothing can catch if `send()` comes after the headers: any caller who is refused would end the process. Nest ends such a response on Express.
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
 * Has a response that is written in parts end with the caller's token: server-sent events, downloads, streams. One that is sent as a whole
 * costs nothing but this call: only its first part, if there are any, has it watched.
 */
export function endWithToken(response: HttpResponse, ending: Ending): void {
  const raw = response.raw ?? (response as unknown as NodeResponse);
  const bound = raw[BOUND];
  if (bound === undefined) {
    raw[BOUND] = { ending, write: raw.write, call: undefined, isCutOff: false };
    raw.write = writePart;
    return;
  }
  // The guard was here before: a route that passed the request on, or a guard that is bound twice.
  bound.ending = ending;
  bound.call?.renew(ending.principal);
}

/** Stays in place: what was put before or behind it meanwhile (compression, a log of bodies) is not undone. */
function writePart(this: NodeResponse, chunk: unknown, encoding?: unknown, done?: unknown): boolean {
  const bound = boundOf(this);
  if (bound.call === undefined && !bound.isCutOff) watch(this, bound);
  return bound.isCutOff ? discardWrite(encoding, done) : bound.write.call(this, chunk, encoding, done);
}

function boundOf({ [BOUND]: bound }: NodeResponse): TokenBound {
  if (bound === undefined) throw new Error('Only a response that ends with its token is written to by this.');
  return bound;
}

function watch(response: NodeResponse, bound: TokenBound): void {
  if (response.destroyed === true || response.stream?.destroyed === true) return; // the client has left, and will not leave again
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

/** Tells a reader of events why. A download must not look complete, so it breaks off. */
function cutOff(response: NodeResponse, bound: TokenBound, { body }: Refusal): void {
  bound.isCutOff = true;
  if (bound.ending.isEventStream) sayFarewell(response, bound, `event: unauthorized\ndata: ${JSON.stringify(body)}\n\n`);
  else breakOff(response);
}

/**
 * The connection of HTTP/1 closes after the event: Nest ends what produces the events only then. The response is left without its end, since a
 * client would send its next request on a connection that looks free. Who does not read is not waited for.
 */
function sayFarewell(response: NodeResponse, { write }: TokenBound, text: string): void {
  const patience = setTimeout(() => breakOff(response), FAREWELL_MS).unref();
  response.once('close', () => clearTimeout(patience));
  write.call(response, text);
  if (response.stream === undefined) response.socket?.destroySoon?.();
  else response.end();
}
