import type { IncomingMessage } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { isRecord } from '../core/index.js';
import { sendAnswer, type HttpAnswer } from './http-answer.js';
import { MAX_BODY_BYTES } from './read-body.js';

/** A route that takes one kind of body. */
interface PreparedRoute {
  /** As the controller has it; a prefix of the application stands before it. */
  readonly path: string;
  /** What is posted to it. */
  readonly mediaType: string;
  /** Answered where the body could not be read. */
  readonly unreadable: HttpAnswer;
}

/** What we use of Fastify. */
interface Fastify {
  hasContentTypeParser(mediaType: string): boolean;
  addContentTypeParser(
    mediaType: string,
    options: { readonly parseAs: 'string'; readonly bodyLimit: number },
    parser: (request: object, body: string) => Promise<string>,
  ): void;
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

interface FastifyRoute {
  readonly method: string | readonly string[];
  readonly url: string;
  errorHandler?: (error: unknown, request: object, reply: FastifyReply) => void;
}

interface FastifyReply {
  send(error: unknown): unknown;
}

/** How parsers refuse a body: it is cut off or cannot be parsed, is too large, or of a type that nobody parses. */
const UNREADABLE: ReadonlySet<unknown> = new Set([400, 413, 415]);

type Adapter = HttpServer & { use(...handlers: unknown[]): unknown };

/**
 * Has the web framework take the body of a route, and answer as the route does where its parser refuses one: too large, of another type, cut
 * off. Called before routes are registered.
 */
export function prepareRoute(adapter: Adapter, route: PreparedRoute): void {
  if (adapter.getType() === 'fastify') prepareFastify(adapter, route);
  else prepareExpress(adapter, route);
}

function prepareFastify(adapter: Adapter, { path, mediaType, unreadable }: PreparedRoute): void {
  const fastify = adapter.getInstance() as Fastify;
  if (!fastify.hasContentTypeParser(mediaType))
    fastify.addContentTypeParser(mediaType, { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_, body) => Promise.resolve(body));
  fastify.addHook('onRoute', (route) => {
    if ([route.method].flat().includes('POST') && isAt(path, route.url))
      route.errorHandler = (error, _request, reply) => {
        if (isUnreadable(error)) sendAnswer(adapter, reply, unreadable);
        else reply.send(error); // on to the application's own handler
      };
  });
}

/** Parsers stand before this, so what they refuse comes by here; a handler of errors is one that takes four. */
function prepareExpress(adapter: Adapter, { path, unreadable }: PreparedRoute): void {
  adapter.use((error: unknown, request: IncomingMessage, response: object, next: (error: unknown) => void) => {
    if (isUnreadable(error) && request.method === 'POST' && isAt(path, request.url ?? ''))
      sendAnswer(adapter, response, unreadable);
    else next(error);
  });
}

/** What else fails, such as a middleware of the application, is not the sender's fault. */
function isUnreadable(error: unknown): boolean {
  return isRecord(error) && UNREADABLE.has(error['statusCode']);
}

function isAt(path: string, url: string): boolean {
  const [pathname = ''] = url.split('?', 1);
  return `/${segments(pathname)}`.endsWith(`/${segments(path)}`);
}

function segments(path: string): string {
  return path.split('/').filter(Boolean).join('/');
}
