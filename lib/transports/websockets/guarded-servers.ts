import { AuthzLogger } from '../../authorization/index.js';
import { AuthzConfigError, messageOf } from '../../core/index.js';
import { Connections } from './connections/connections.js';
import type { GuardedServer } from './guarded-server.interface.js';
import { Admission } from './admission.js';
import { CONTEXT_TYPE } from './gateways/gateway-metadata.js';
import { Gateways, isSamePlace, type Place } from './gateways/gateways.js';
import type { GuardedWebSocketsSettings } from './guarded-web-sockets-settings.js';
import { IoGuardedServer } from './socket-io/io-guarded-server.js';
import { isIoServer, type IoSocket } from './socket-io/io-socket.interface.js';
import { PendingConnections } from './connections/pending-connections.js';
import type { WebSocketApp } from './gateways/web-socket-app.js';
import { OPEN, type WsClient } from './ws/ws-client.interface.js';
import { WsGuardedServer, type WsServerTools } from './ws/ws-guarded-server.js';
import { wsTransport } from './ws-transport.js';

/** Allowance for the frame and the event's name around a token. */
const AROUND_TOKEN_BYTES = 4096;

const logger = new AuthzLogger('Authz');

/** Guards all WebSocket servers of an application. */
export class GuardedServers {
  readonly transport;
  private readonly gateways: Gateways;
  private readonly byServer = new Map<unknown, { readonly guarded: GuardedServer; readonly place: Place }>();
  private readonly tools: WsServerTools;

  constructor(
    private readonly app: WebSocketApp,
    settings: GuardedWebSocketsSettings,
  ) {
    const { refusals, open, sources } = app;
    const connections = new Connections();
    this.transport = wsTransport(connections);
    this.gateways = new Gateways(app, (client, answer) => connections.get(client as object)?.end(answer));
    this.tools = {
      settings,
      connections,
      connection: { queryParameter: parameterBeside(app, settings), sources, open, refusals },
      pending: new PendingConnections(settings.maxUnauthenticated),
      unauthorized: refusals.of('token_missing'),
      maxUnauthenticatedBytes: app.settings.maxTokenBytes + AROUND_TOKEN_BYTES,
      report: (error) => logger.error(`Could not authorize a WebSocket client: ${messageOf(error)}`),
    };
  }

  /**
   * Guards a server that the adapter created for Nest, and registers the transport.
   * @throws AuthzConfigError if the server would apply the requirements of other gateways, or can send data without a check.
   */
  add(server: unknown, place: Place): void {
    this.app.transports.add(CONTEXT_TYPE, this.transport);
    const known = this.byServer.get(server);
    if (known === undefined) this.byServer.set(server, { guarded: this.guard(server, place), place });
    else if (!isSamePlace(known.place, place)) refuseOneForAll();
  }

  /** Returns the guard of a server. @throws AuthzConfigError for a server that another adapter created. */
  of(server: unknown): GuardedServer {
    const guarded = this.byServer.get(server)?.guarded;
    if (guarded !== undefined) return guarded;
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_SERVER',
      'The guarded adapter was asked to serve a server it did not create. Call app.useWebSocketAdapter() with the guarded adapter before the application starts, and use no other adapter.',
    );
  }

  /** Returns whether messages of a client are still handled: a closed connection may take a while to end. */
  serves(client: WsClient | IoSocket): boolean {
    const isLeaving = 'readyState' in client && client.readyState !== OPEN;
    return !isLeaving && !this.hasClosed(client);
  }

  /** Returns whether a client's connection was closed, by either side. */
  hasClosed(client: WsClient | IoSocket): boolean {
    return this.tools.connections.get(client)?.isClosed === true;
  }

  /** Called before the server closes. */
  remove(server: unknown): void {
    this.byServer.get(server)?.guarded.close();
    this.byServer.delete(server);
  }

  private guard(server: unknown, place: Place): GuardedServer {
    const admission = new Admission(this.gateways.rulesAt(place), { ...this.app, transport: this.transport });
    if (!isIoServer(server)) return new WsGuardedServer(server as object, admission, this.tools);
    if (server.opts?.connectionStateRecovery !== undefined) refuseRecovery();
    return new IoGuardedServer(server, admission, this.tools);
  }
}

/** Returns the query parameter, unless `tokenFrom` of the module reads it already. */
function parameterBeside({ settings }: WebSocketApp, { queryParameter }: GuardedWebSocketsSettings): string | undefined {
  const isRead = settings.tokenFrom.some(
    (source) => typeof source === 'object' && 'query' in source && source.query === queryParameter,
  );
  return isRead ? undefined : queryParameter;
}

function refuseOneForAll(): never {
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_SERVER',
    'The WebSocket adapter created one server for gateways with different ports, paths or namespaces, so the gateway of a client cannot be ' +
      'determined. Write the same port, path and namespace in their @WebSocketGateway().',
  );
}

/** Refuses connection state recovery: socket.io sends missed messages before any middleware can check the client. */
function refuseRecovery(): never {
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_RECOVERY',
    'The option connectionStateRecovery of socket.io sends missed messages to a client before its token is checked. Remove the option.',
  );
}
