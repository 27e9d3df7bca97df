import type { ServerResponse } from 'node:http';
import type { HttpResponse } from './http-response.js';

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const OVER = Symbol('authz:over');

/** Each of these starts or sends the response. */
const RESPONSE_METHODS = ['writeHead', 'write', 'end'] as const;

type ResponseMethod = (...given: unknown[]) => unknown;

/** The response of Node, of HTTP/1 or HTTP/2. */
interface NodeResponse extends Pick<ServerResponse, 'on' | 'headersSent'> {
  /** HTTP/1: whether the connection is closed. */
  readonly destroyed?: boolean;
  /** HTTP/2. */
  readonly stream?: { readonly destroyed: boolean };
  /** `false`: the call is over on the next tick. */
  [OVER]?: boolean;
}

/** Marks a call as over when its response ends. A response without a connection, as in a serverless function, emits no `close`. */
export function followToEnd(response: HttpResponse): void {
  const raw = nodeResponse(response);
  raw.on('finish', conclude).on('close', conclude);
  // The client has disconnected while earlier middleware was waiting: neither event comes any more.
  if (raw.destroyed === true || raw.stream?.destroyed === true) conclude.call(raw);
}

/** Returns whether the response has ended and all listeners for its end have run. */
export function isOver(response: HttpResponse): boolean {
  return nodeResponse(response)[OVER] === true;
}

function nodeResponse(response: HttpResponse): NodeResponse {
  return (response.raw ?? response) as unknown as NodeResponse;
}

function conclude(this: NodeResponse): void {
  if (this.headersSent) endSoon(this);
  else concludeWithResponse(this);
}

/** Deferred by a tick: listeners for the end, such as a request log, still belong to the call (`close` comes one tick after `finish`). */
function endSoon(response: NodeResponse): void {
  if (response[OVER] !== undefined) return;
  response[OVER] = false;
  process.nextTick(end, response);
}

function end(response: NodeResponse): void {
  response[OVER] = true;
}

/**
 * Keeps the call running until the handler responds, although the client has disconnected. Otherwise a client could make the rest of a handler (such
 * as its audit record) fail by disconnecting at the right moment.
 */
function concludeWithResponse(response: NodeResponse): void {
  const methods = response as unknown as Record<(typeof RESPONSE_METHODS)[number], ResponseMethod>;
  for (const name of RESPONSE_METHODS) {
    const original = methods[name];
    methods[name] = function (this: unknown, ...given) {
      endSoon(response);
      return original.apply(this, given);
    };
  }
}
