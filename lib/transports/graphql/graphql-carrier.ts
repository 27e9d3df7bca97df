import { Readable } from 'node:stream';
import type { CallArguments } from '../../authorization/index.js';
import type { HttpRequest } from '../http/index.js';

/** What drivers put into the context of an operation, beside what is the application's own. */
interface OperationContext {
  /** Apollo, and Mercurius over HTTP: the request; on a socket of Apollo's what graphql-ws knows of the connection. */
  readonly req?: unknown;
  /** Mercurius on a socket: the request that opened it. */
  readonly request?: unknown;
  /** Mercurius: what answers the request, on a socket a stand-in. */
  readonly reply?: unknown;
  /** Mercurius on a socket: the payload of `connection_init`. */
  readonly _connectionInit?: unknown;
  /** Mercurius: the application of Fastify, which has the server of its sockets. */
  readonly app?: { readonly websocketServer?: unknown };
}

/** A request of HTTP, or the one that opened a socket. */
export interface GraphqlRequest extends HttpRequest {
  /** Of Node's own request: the only name for its path where no framework has seen it. */
  readonly url?: string;
}

/** A connection that stays open for many operations. */
interface GraphqlConnection {
  /** The payload of `connection_init`, as the client sent it. */
  readonly params: unknown;
  /** Its WebSocket, of ws; `undefined` where its driver does not pass it on. */
  readonly webSocket?: unknown;
  /** The server that has the WebSocket. */
  readonly server?: unknown;
}

/** Where an operation came from. */
export interface GraphqlSource {
  /** What is known of the caller is kept on it: one for each request, and for each `connection_init`. */
  readonly carrier: object;
  readonly request: GraphqlRequest;
  /** `undefined`: over HTTP. */
  readonly connection: GraphqlConnection | undefined;
}

/**
 * The context of a call: `[root, args, context, info]`, or `[reference, context, info]` where a federation looks up an entity.
 */
export function graphqlContext(call: CallArguments): unknown {
  return call.length === 3 ? call[1] : call[2];
}

/** What an operation's caller is kept on: the request or connection that it came by. @returns `undefined`: nobody can tell. */
export function graphqlCarrier(context: unknown): object | undefined {
  return graphqlSource(context)?.carrier;
}

/**
 * Finds where an operation came from, in what its driver has put into the context. Only requests of Node are taken for one: an application may
 * put into the context what a client sent.
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

/** Not registered: another copy of the library keeps its own. Not copied with a context either, since a copy may be another request's. */
const REQUEST = Symbol('authz:request');

/** Whether one object is the context of several requests, as Mercurius lets it be: whose an operation is nobody can tell then. */
function isShared(context: object, req: unknown, found: GraphqlRequest): boolean {
  const request = nodeRequest(found);
  if (isRequest(req) && nodeRequest(req) !== request) return true;
  const first = (context as { readonly [REQUEST]?: object })[REQUEST];
  if (first === undefined) Reflect.defineProperty(context, REQUEST, { value: request });
  return first !== undefined && first !== request;
}

/** A request of Fastify that opened a WebSocket. */
interface MercuriusRequest extends HttpRequest {
  readonly ws?: boolean;
}

/** What graphql-ws knows of a connection: https://the-guild.dev/graphql/ws/docs/server/interfaces/Context */
interface GraphqlWsContext {
  readonly connectionParams?: unknown;
  readonly subscriptions: object;
  readonly extra: { readonly socket: unknown; readonly request: GraphqlRequest };
}

function ofGraphqlWs(context: GraphqlWsContext): GraphqlSource {
  const { connectionParams: params, extra } = context;
  return { carrier: context, request: extra.request, connection: { params, webSocket: extra.socket } };
}

/** Mercurius lets a client initialise anew: each time it may be somebody else. */
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
