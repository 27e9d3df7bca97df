import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { inspect } from 'node:util';

/** What axios sends with (`transport` in its options), as `node:http` is. */
export interface HttpTransport {
  request(options: RequestOptions, answered: (answer: IncomingMessage) => void): ClientRequest;
}

/** A request that is sealed. */
export interface SealedRequest {
  readonly url: URL;
  readonly authorization: string;
  /** Longest time until the answer begins, in milliseconds; 0: any. */
  readonly timeoutMs: number;
  /** Called where the answer is 401. */
  readonly refused: () => void;
}

/**
 * Sends with a token that nothing shows which axios keeps: it is put on the request at the last moment, and the request, which is part of every error
 * and answer of axios, is shown without it.
 * @param given Of the application; by default that of Node.
 */
export function sealedTransport(
  given: HttpTransport | undefined,
  { url, authorization, timeoutMs, refused }: SealedRequest,
): HttpTransport {
  return {
    request: (options, answered) => {
      const transport = given ?? (options.protocol === 'https:' ? https : http);
      const request = transport.request(options, (answer) => {
        if (answer.statusCode === 401) refused();
        answered(answer);
      });
      // Not among the options, of which the agent and the socket keep copies.
      request.setHeader('authorization', authorization);
      endInTime(request, timeoutMs);
      return sealed(request, `${request.method} ${url.origin}`);
    },
  };
}

/** As axios does with the transport of Node itself: what Node times does not count while a connection is made. */
function endInTime(request: ClientRequest, timeoutMs: number): void {
  if (timeoutMs <= 0) return;
  const timer = setTimeout(() => request.emit('timeout'), timeoutMs);
  for (const event of ['response', 'close']) request.once(event, () => clearTimeout(timer));
}

/** Where a request of Node keeps its headers as they are sent, by the names of its members. */
const KEPT = new Set([
  '_header',
  'outputData',
  'Symbol(kOutHeaders)',
  '_headers',
  '_options',
  '_currentRequest',
  '_redirectable',
]);

/** Shows what was asked for and nothing else to whoever prints the request, and hides the headers from whoever walks it. */
function sealed(request: ClientRequest, line: string): ClientRequest {
  const show = () => `[ClientRequest ${line}]`;
  for (const name of [inspect.custom, 'toJSON']) Object.defineProperty(request, name, { value: show });
  for (const name of Reflect.ownKeys(request)) {
    const known = Object.getOwnPropertyDescriptor(request, name);
    if (KEPT.has(String(name)) && known?.configurable === true)
      Object.defineProperty(request, name, { ...known, enumerable: false });
  }
  return request;
}
