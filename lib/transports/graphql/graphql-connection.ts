import type { Principal } from '../../core/index.js';
import type { CallState, OpenCall, OpenCalls } from '../../authorization/index.js';
import type { GraphqlRequest, GraphqlSource } from './graphql-carrier.js';

/**
 * Close code of a socket whose token has expired or was revoked: "Forbidden" in the protocol graphql-transport-ws. Clients reconnect after it,
 * perhaps with a newer token; after 4401 they give up.
 */
const FORBIDDEN = 4403;

/** The members that we use of a WebSocket of ws. */
interface WebSocket {
  close(code: number, reason: string): void;
}

/** The members that we use of a server of ws. */
interface WebSocketServer {
  readonly clients: Iterable<WebSocket & { readonly _socket: object }>;
  on(event: 'connection', listener: (socket: WebSocket, request: { readonly socket: object }) => void): unknown;
}

/** The TCP socket of Node. */
interface NodeSocket {
  readonly destroyed: boolean;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
  [WATCHES]?: Map<string | undefined, Watch>;
}

/** The watch for one token on one socket. */
interface Watch {
  readonly token: string | undefined;
  readonly call: OpenCall;
  /** Number of carriers that use the token. */
  carriers: number;
}

interface Carrier {
  [WATCH]?: Watch;
}

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const WATCH = Symbol('authz:watch');
const WATCHES = Symbol('authz:watches');

/** WebSockets of each server by TCP socket, for drivers that pass on only the TCP socket. */
const webSockets = new WeakMap<WebSocketServer, WeakMap<object, WebSocket>>();

/**
 * Closes a connection when the token of its caller expires or is revoked. One watch covers all carriers of a token on the socket, however often a
 * client sends `connection_init`.
 */
export function endWithToken(source: GraphqlSource, { principal, token }: CallState, open: OpenCalls): void {
  const carrier: Carrier = source.carrier;
  const before = carrier[WATCH];
  if (before !== undefined && before.token === token) return;
  const socket = socketOf(source.request);
  // The client has disconnected: `close` does not come again.
  if (socket === undefined || socket.destroyed) return;
  const watches = watchesOf(socket);
  const watch = watches.get(token) ?? { token, call: begin(source, socket, principal, open), carriers: 0 };
  watches.set(token, watch);
  watch.carriers++;
  carrier[WATCH] = watch;
  if (before !== undefined) leave(watches, before);
}

/** Returns whether the socket of the operations is closed, which ends all of them. */
export function isClosed({ request }: GraphqlSource): boolean {
  return socketOf(request)?.destroyed === true;
}

/** Releases a carrier that now has a newer token. Other carriers of the older token still end with the older token. */
function leave(watches: Map<string | undefined, Watch>, watch: Watch): void {
  watch.carriers--;
  if (watch.carriers > 0) return;
  watches.delete(watch.token);
  watch.call.release();
}

function begin({ connection }: GraphqlSource, socket: NodeSocket, principal: Principal, open: OpenCalls): OpenCall {
  const webSocket = (connection?.webSocket ?? known(connection?.server, socket)) as WebSocket | undefined;
  return open.watch(principal, (_reason, { body }) => {
    if (webSocket === undefined) socket.destroy();
    else webSocket.close(FORBIDDEN, body.message);
  });
}

/** Returns the watches of a socket by token. One listener releases all of them when the socket closes. */
function watchesOf(socket: NodeSocket): Map<string | undefined, Watch> {
  const known = socket[WATCHES];
  if (known !== undefined) return known;
  const watches = new Map<string | undefined, Watch>();
  socket.once('close', () => {
    for (const { call } of watches.values()) call.release();
  });
  socket[WATCHES] = watches;
  return watches;
}

function known(given: unknown, socket: object): WebSocket | undefined {
  if (!isServer(given)) return undefined;
  let sockets = webSockets.get(given);
  if (sockets === undefined) webSockets.set(given, (sockets = follow(given)));
  return sockets.get(socket);
}

function follow(server: WebSocketServer): WeakMap<object, WebSocket> {
  const sockets = new WeakMap<object, WebSocket>();
  for (const client of server.clients) sockets.set(client._socket, client);
  server.on('connection', (socket, request) => sockets.set(request.socket, socket));
  return sockets;
}

function isServer(value: unknown): value is WebSocketServer {
  return typeof value === 'object' && value !== null && 'clients' in value && 'on' in value;
}

function socketOf(request: GraphqlRequest): NodeSocket | undefined {
  return ((request.raw ?? request).socket ?? undefined) as NodeSocket | undefined;
}
