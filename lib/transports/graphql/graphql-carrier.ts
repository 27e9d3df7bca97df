import { Readable } from 'node:stream';
import type { CallArguments } from '../../authorization/index.js';
import type { HttpRequest } from '../http/index.js';

/** The members that drivers add to the context of an operation. */
interface OperationContext {
  /** Apollo, and Mercurius over HTTP: the request. On a socket of Apollo: the connection context of graphql-ws. */
  readonly req?: unknown;
  /** Mercurius on a socket: the request that opened it. */
  readonly request?: unknown;
  /** Mercurius: the response; on a socket a stand-in. */
  readonly reply?: unknown;
  /** Mercurius on a socket: the payload of `connection_init`. */
  readonly _connectionInit?: unknown;
  /** Mercurius: the Fastify application, which has the server of the WebSockets. */
  readonly app?: { readonly websocketServer?: unknown };
}

/** An HTTP request, or the request that opened a socket. */
export interface GraphqlRequest extends HttpRequest {
  /** Path of a plain Node request, which has no `originalUrl`. */
  readonly url?: string;
}

/** A connection that stays open for many operations. */
interface GraphqlConnection {
  /** The payload of `connection_init`, as the client sent it. */
  readonly params: unknown;
  /** The WebSocket of ws; `undefined` if the driver does not pass it on. */
  readonly webSocket?: unknown;
  /** The server of the WebSocket. */
  readonly server?: unknown;
}

/** The request or connection on which an operation arrived. */
export interface GraphqlSource {
  /** The guard keeps the caller on it: one object for each request, and for each `connection_init`. */
  readonly carrier: object;
  readonly request: GraphqlRequest;
  /** `undefined` over HTTP. */
  readonly connection: GraphqlConnection | undefined;
}

/** Returns the context of a call: `[root, args, context, info]`, or `[reference, context, info]` for an entity of a federation. */
export function graphqlContext(call: CallArguments): unknown {
  return call.length === 3 ? call[1] : call[2];
}

/** Returns the object on which the guard keeps the caller: the request or connection. `undefined` if it cannot be identified. */
export function graphqlCarrier(context: unknown): object | undefined {
  return graphqlSource(context)?.carrier;
}

/**
 * Returns the request or connection of an operation, from what its driver added to the context. Accepts only Node's request objects: an application
 * may put client data into the context.
 */
export function graphqlSource(context: unknown): GraphqlSource | undefined {
  if (!isObject(context)) return undefined;
  const { req, request, reply } = context as OperationContext;
  const answered = isObject(reply) ? (reply as OperationContext).request : undefined;
  const found = answered ?? req ?? request;
  if (isGraphqlWs(found)) return ofGraphqlWs(found);
  if (!isRequest(found) || isShared(context, req, found)) return undefined;
  return (found as MercuriusRequest).ws === true
    ? ofMercurius(found, context)
    : { carrier: found, request: found, connection: undefined };
}

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. Not enumerable: a copied context may belong to another request. */
const REQUEST = Symbol('authz:request');

/** Returns whether several requests share one context object, which Mercurius allows: the caller of an operation is then ambiguous. */
function isShared(context: object, req: unknown, found: GraphqlRequest): boolean {
  const request = nodeRequest(found);
  if (isRequest(req) && nodeRequest(req) !== request) return true;
  const first = (context as { readonly [REQUEST]?: object })[REQUEST];
  if (first === undefined) Reflect.defineProperty(context, REQUEST, { value: request });
  return first !== undefined && first !== request;
}

/** A Fastify request that opened a WebSocket. */
interface MercuriusRequest extends HttpRequest {
  readonly ws?: boolean;
}

/** The connection context of graphql-ws: https://the-guild.dev/graphql/ws/docs/server/interfaces/Context */
interface GraphqlWsContext {
  readonly connectionParams?: unknown;
  readonly subscriptions: object;
  readonly extra: { readonly socket: unknown; readonly request: GraphqlRequest };
}

function ofGraphqlWs(context: GraphqlWsContext): GraphqlSource {
  const { connectionParams: params, extra } = context;
  return { carrier: context, request: extra.request, connection: { params, webSocket: extra.socket } };
}

/** Mercurius accepts `connection_init` again: each payload may name another caller. */
function ofMercurius(request: GraphqlRequest, { _connectionInit: params, app }: OperationContext): GraphqlSource {
  return {
    carrier: isObject(params) ? params : request,
    request,
    connection: { params, server: app?.websocketServer },
  };
}

function isGraphqlWs(value: unknown): value is GraphqlWsContext {
  if (!isObject(value)) return false;
  const { extra, subscriptions } = value as Partial<GraphqlWsContext>;
  return isObject(extra) && isRequest(extra.request) && isObject(subscriptions);
}

function isRequest(value: unknown): value is GraphqlRequest {
  if (!isObject(value)) return false;
  const request = nodeRequest(value as GraphqlRequest);
  return request instanceof Readable && Array.isArray((request as Partial<GraphqlRequest>).rawHeaders);
}

function nodeRequest(request: GraphqlRequest): object {
  return request.raw ?? request;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
