import type { IncomingMessage } from 'node:http';
import { SetMetadata, type HttpServer } from '@nestjs/common';
import { isRecord } from '../../../core/index.js';
import { sendAnswer, type HttpAnswer } from './http-answer.js';
import { MAX_BODY_BYTES } from './read-body.js';

/** A route that takes one kind of body. */
interface PreparedRoute {
  /** What is posted to it, as {@link TakesBody} says it of its handler. */
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
  readonly config?: unknown;
  errorHandler?: (error: unknown, request: object, reply: FastifyReply) => void;
}

interface FastifyReply {
  send(error: unknown): unknown;
}

/** What we use of Express: its routes, by layers of which some are none. */
interface Express {
  /** Express 4, where `router` throws. */
  readonly _router?: { readonly stack: readonly ExpressLayer[] };
  readonly router: { readonly stack: readonly ExpressLayer[] };
}

interface ExpressLayer {
  readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: object }[] };
}

/** How parsers refuse a body: it is cut off or cannot be parsed, is too large, or of a type that nobody parses. */
const UNREADABLE: ReadonlySet<unknown> = new Set([400, 413, 415]);

type Adapter = HttpServer & { use(...handlers: unknown[]): unknown };

/**
 * Where Nest looks for what Fastify is to know of a route (`RouteConfig` of `@nestjs/platform-fastify`, which need not be installed). It is on what
 * is registered at Express as well. So a route is known by its handler, wherever prefixes and versions of the application have put it.
 */
const ROUTE_CONFIG = '__fastify_route_config__';
const TAKEN = 'authz:takes-body';

/** Says of a handler which kind of body it takes, for {@link prepareRoute}. */
export const TakesBody = (mediaType: string): MethodDecorator => SetMetadata(ROUTE_CONFIG, { [TAKEN]: mediaType });

/** The kind of body that a route takes, by what is known of it. */
function takenBy(config: unknown): unknown {
  return isRecord(config) ? config[TAKEN] : undefined;
}

/**
 * Has the web framework take the body of a route, and answer as the route does where its parser refuses one: too large, of another type, cut
 * off. Called before routes are registered.
 */
export function prepareRoute(adapter: Adapter, route: PreparedRoute): void {
  if (adapter.getType() === 'fastify') prepareFastify(adapter, route);
  else prepareExpress(adapter, route);
}

function prepareFastify(adapter: Adapter, { mediaType, unreadable }: PreparedRoute): void {
  const fastify = adapter.getInstance() as Fastify;
  if (!fastify.hasContentTypeParser(mediaType))
    fastify.addContentTypeParser(mediaType, { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_, body) => Promise.resolve(body));
  fastify.addHook('onRoute', (route) => {
    // One of its own was put there by the application.
    if (takenBy(route.config) === mediaType && route.errorHandler === undefined)
      route.errorHandler = (error, _request, reply) => {
        if (isUnreadable(error)) sendAnswer(adapter, reply, unreadable);
        else reply.send(error); // on to the application's own handler
      };
  });
}

/** Parsers stand before this, so what they refuse comes by here; a handler of errors is one that takes four. */
function prepareExpress(adapter: Adapter, { mediaType, unreadable }: PreparedRoute): void {
  adapter.use((error: unknown, request: IncomingMessage, response: object, next: (error: unknown) => void) => {
    if (isUnreadable(error) && isTaken(adapter.getInstance() as Express, mediaType, request))
      sendAnswer(adapter, response, unreadable);
    else next(error);
  });
}

/** What else fails, such as a middleware of the application, is not the sender's fault. */
function isUnreadable(error: unknown): boolean {
  return isRecord(error) && UNREADABLE.has(error['statusCode']);
}

function isTaken(express: Express, mediaType: string, { method, url = '' }: IncomingMessage): boolean {
  const [pathname = ''] = url.split('?', 1);
  const { stack } = express._router ?? express.router;
  return (
    method === 'POST' &&
    stack.some(({ route }) => {
      const isOurs = route?.stack.some(({ handle }) => takenBy(Reflect.getMetadata(ROUTE_CONFIG, handle)) === mediaType);
      return isOurs === true && typeof route?.path === 'string' && segments(route.path) === segments(pathname);
    })
  );
}

/** Express tells neither cases nor slashes at the end apart. */
function segments(path: string): string {
  return path.split('/').filter(Boolean).join('/').toLowerCase();
}
