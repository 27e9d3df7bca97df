import type { Principal } from '../../core/index.js';
import type { CallState } from '../call-state.js';
import type { OpenCall, OpenCalls } from '../open-calls.js';
import type { GraphqlRequest, GraphqlSource } from './graphql-carrier.js';

/**
 * Code with which a socket of GraphQL is closed when its token ends: "Forbidden", by which the protocol graphql-transport-ws has a server reject
 * who it is for. Clients connect anew after it, and may bring a newer token; after 4401 they give up.
 */
const FORBIDDEN = 4403;

/** What we use of a WebSocket of ws. */
interface WebSocket {
  close(code: number, reason: string): void;
}

/** What we use of a server of ws. */
interface WebSocketServer {
  readonly clients: Iterable<WebSocket & { readonly _socket: object }>;
  on(event: 'connection', listener: (socket: WebSocket, request: { readonly socket: object }) => void): unknown;
}

/** The socket below, of Node. */
interface NodeSocket {
  readonly destroyed: boolean;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
  [WATCHES]?: Set<OpenCall>;
}

interface Carrier {
  [WATCH]?: { token: string | undefined; readonly call: OpenCall };
}

/** Not registered: another copy of the library keeps its own. */
const WATCH = Symbol('authz:watch');
const WATCHES = Symbol('authz:watches');

/** The WebSockets of a server by the socket below: a driver that does not pass on the one leaves the other. */
const webSockets = new WeakMap<WebSocketServer, WeakMap<object, WebSocket>>();

/** Has a connection end with the token of its caller. One watch does for all the subscriptions on it. */
export function endWithToken(source: GraphqlSource, { principal, token }: CallState, open: OpenCalls): void {
  const carrier: Carrier = source.carrier;
  const watch = carrier[WATCH];
  if (watch === undefined) {
    const call = begin(source, principal, open);
    if (call !== undefined) carrier[WATCH] = { token, call };
  } else if (watch.token !== token) {
    watch.token = token;
    watch.call.renew(principal);
  }
}

function begin({ request, connection }: GraphqlSource, principal: Principal, open: OpenCalls): OpenCall | undefined {
  const socket = socketOf(request);
  // The client has left, and will not leave again.
  if (socket === undefined || socket.destroyed) return undefined;
  const webSocket = (connection?.webSocket ?? known(connection?.server, socket)) as WebSocket | undefined;
  const call = open.watch(principal, (_reason, { body }) => {
    if (webSocket === undefined) socket.destroy();
    else webSocket.close(FORBIDDEN, body.message);
  });
  releaseWith(socket, call);
  return call;
}

function releaseWith(socket: NodeSocket, call: OpenCall): void {
  const watches = socket[WATCHES];
  if (watches !== undefined) {
    watches.add(call);
    return;
  }
  const those = new Set([call]);
  socket[WATCHES] = those;
  socket.once('close', () => {
    for (const each of those) each.release();
  });
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
