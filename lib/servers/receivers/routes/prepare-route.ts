import type { IncomingMessage } from 'node:http';
import { SetMetadata, type HttpServer } from '@nestjs/common';
import { isRecord } from '../../../core/index.js';
import { sendResponse, type RouteResponse } from './route-response.js';
import { MAX_BODY_BYTES } from './read-body.js';

/** A route that accepts one media type. */
interface PreparedRoute {
  /** The media type, as {@link TakesBody} sets it on the handler. */
  readonly mediaType: string;
  /** Response if the body could not be read. */
  readonly unreadable: RouteResponse;
}

/** What is used of Fastify. */
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

/** What is used of Express: its layers, some of which are routes. */
interface Express {
  /** Express 4, whose `router` throws. */
  readonly _router?: { readonly stack: readonly ExpressLayer[] };
  readonly router: { readonly stack: readonly ExpressLayer[] };
}

interface ExpressLayer {
  readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: object }[] };
}

/** Statuses of body parsers for a body that is incomplete or invalid, too large, or of an unsupported type. */
const UNREADABLE: ReadonlySet<unknown> = new Set([400, 413, 415]);

type Adapter = HttpServer & { use(...handlers: unknown[]): unknown };

/**
 * Metadata key of the route config for Fastify (`RouteConfig` of `@nestjs/platform-fastify`, which need not be installed). Nest sets it on Express
 * handlers, too. So a route is found by its handler, whatever the prefixes and versions of the application.
 */
const ROUTE_CONFIG = '__fastify_route_config__';
const TAKEN = 'authz:takes-body';

/** Declares the media type that a handler accepts, for {@link prepareRoute}. */
export const TakesBody = (mediaType: string): MethodDecorator => SetMetadata(ROUTE_CONFIG, { [TAKEN]: mediaType });

/** The media type that a route accepts, by its config. */
function takenBy(config: unknown): unknown {
  return isRecord(config) ? config[TAKEN] : undefined;
}

/**
 * Makes the web framework accept the body of a route, and respond as the route does if a parser rejects the body. Called before routes are
 * registered.
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
    // An error handler on the route is the application's own.
    if (takenBy(route.config) === mediaType && route.errorHandler === undefined)
      route.errorHandler = (error, _request, reply) => {
        if (isUnreadable(error)) sendResponse(adapter, reply, unreadable);
        else reply.send(error); // passed on to the application's own handler
      };
  });
}

/** Body parsers run before routes, so their errors get here. Express recognizes an error handler by its four parameters. */
function prepareExpress(adapter: Adapter, { mediaType, unreadable }: PreparedRoute): void {
  adapter.use((error: unknown, request: IncomingMessage, response: object, next: (error: unknown) => void) => {
    if (isUnreadable(error) && isTaken(adapter.getInstance() as Express, mediaType, request))
      sendResponse(adapter, response, unreadable);
    else next(error);
  });
}

/** Other errors, such as those of the application's middleware, are not the sender's fault. */
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

/** Express ignores case and trailing slashes. */
function segments(path: string): string {
  return path.split('/').filter(Boolean).join('/').toLowerCase();
}
