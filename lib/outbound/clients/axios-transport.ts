import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { inspect } from 'node:util';

/** The option `transport` of axios; `node:http` has this type. */
export interface HttpTransport {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest;
}

/** A request whose token is hidden from axios. */
export interface SealedRequest {
  readonly url: URL;
  readonly authorization: string;
  /** Time limit until the response begins, in milliseconds; 0: none. */
  readonly timeoutMs: number;
  /** Called if the status is 401. */
  readonly refused: () => void;
}

/**
 * Makes a transport that sends the token without it being visible in what axios keeps and applications log: the token is set on Node's request at
 * the last moment, and that request, which is part of every error and response of axios, is printed without it.
 * @param given The application's own transport; `undefined` for Node's.
 */
export function sealedTransport(
  given: HttpTransport | undefined,
  { url, authorization, timeoutMs, refused }: SealedRequest,
): HttpTransport {
  return {
    request: (options, onResponse) => {
      const transport = given ?? (options.protocol === 'https:' ? https : http);
      const request = transport.request(options, (response) => {
        if (response.statusCode === 401) refused();
        onResponse(response);
      });
      // Not in the options: agent and socket keep copies of them.
      request.setHeader('authorization', authorization);
      endInTime(request, timeoutMs);
      return sealed(request, `${request.method} ${url.origin}`);
    },
  };
}

/** Ends a request in time, as axios does with Node's own transport: Node's timeout does not cover the time to connect. */
function endInTime(request: ClientRequest, timeoutMs: number): void {
  if (timeoutMs <= 0) return;
  const timer = setTimeout(() => request.emit('timeout'), timeoutMs);
  for (const event of ['response', 'close']) request.once(event, () => clearTimeout(timer));
}

/** Members in which Node's request keeps the headers. */
const KEPT = new Set([
  '_header',
  'outputData',
  'Symbol(kOutHeaders)',
  '_headers',
  '_options',
  '_currentRequest',
  '_redirectable',
]);

/** Prints the request as method and origin only, and makes the members with headers non-enumerable. */
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
