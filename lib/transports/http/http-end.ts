import type { ServerResponse } from 'node:http';
import type { HttpResponse } from './http-response.js';

/** Not registered: another copy of the library keeps its own. */
const OVER = Symbol('authz:over');

/** Each of them answers a request, or begins to. */
const ANSWERS = ['writeHead', 'write', 'end'] as const;

type Answer = (...given: unknown[]) => unknown;

/** The response of Node, of HTTP/1 or HTTP/2. */
interface NodeResponse extends Pick<ServerResponse, 'on' | 'headersSent'> {
  /** Whether its connection is gone; HTTP/1. */
  readonly destroyed?: boolean;
  /** HTTP/2. */
  readonly stream?: { readonly destroyed: boolean };
  /** `false`: it is about to be. */
  [OVER]?: boolean;
}

/** Follows a response to its end, with which the call is over. Of a response that no connection sends, as in a function of a cloud, nothing closes. */
export function followToEnd(response: HttpResponse): void {
  const raw = nodeResponse(response);
  raw.on('finish', conclude).on('close', conclude);
  // The client has left while earlier middleware waited, and neither event comes any more.
  if (raw.destroyed === true || raw.stream?.destroyed === true) conclude.call(raw);
}

/** Whether the response has ended, and all that listens to its end has run. */
export function isOver(response: HttpResponse): boolean {
  return nodeResponse(response)[OVER] === true;
}

function nodeResponse(response: HttpResponse): NodeResponse {
  return (response.raw ?? response) as unknown as NodeResponse;
}

function conclude(this: NodeResponse): void {
  if (this.headersSent) endSoon(this);
  else concludeWithAnswer(this);
}

/** Not at once: what listens to the end (`close` comes one tick after `finish`), such as a log of requests, still belongs to the call. */
function endSoon(response: NodeResponse): void {
  if (response[OVER] !== undefined) return;
  response[OVER] = false;
  process.nextTick(end, response);
}

function end(response: NodeResponse): void {
  response[OVER] = true;
}

/**
 * The client has left before it was answered, but its handler is still at work: otherwise whoever calls could have the rest of a handler fail
 * (the record of what it did) by leaving in time. The call is over once the handler answers nobody.
 */
function concludeWithAnswer(response: NodeResponse): void {
  const methods = response as unknown as Record<(typeof ANSWERS)[number], Answer>;
  for (const name of ANSWERS) {
    const answer = methods[name];
    methods[name] = function (this: unknown, ...given) {
      endSoon(response);
      return answer.apply(this, given);
    };
  }
}
