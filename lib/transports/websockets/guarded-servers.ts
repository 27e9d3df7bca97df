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

/** What is sent around a token: the frame, the event's name. */
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
      report: (error) => logger.error(`A client of a gateway could not be judged: ${messageOf(error)}`),
    };
  }

  /**
   * Guards a server that Nest has had made. From now on messages of sockets are a way into the service.
   * @throws AuthzConfigError if it would be judged by what other gateways ask for, or in a way that can be passed by.
   */
  add(server: unknown, place: Place): void {
    this.app.transports.add(CONTEXT_TYPE, this.transport);
    const known = this.byServer.get(server);
    if (known === undefined) this.byServer.set(server, { guarded: this.guard(server, place), place });
    else if (!isSamePlace(known.place, place)) refuseOneForAll();
  }

  /** @throws AuthzConfigError for a server that was made by another adapter. */
  of(server: unknown): GuardedServer {
    const guarded = this.byServer.get(server)?.guarded;
    if (guarded !== undefined) return guarded;
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_SERVER',
      'The WebSocket adapter is to bind the clients of a server that it has not made. Give the guarded adapter to the application before it starts, and use no other.',
    );
  }

  /** Whether a client's messages are still handled: an ended one may take a while to leave. */
  serves(client: WsClient | IoSocket): boolean {
    const isLeaving = 'readyState' in client && client.readyState !== OPEN;
    return !isLeaving && !this.hasClosed(client);
  }

  /** Whether a client has been ended, or has left. */
  hasClosed(client: WsClient | IoSocket): boolean {
    return this.tools.connections.get(client)?.isClosed === true;
  }

  /** The server is about to end. */
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

/** A parameter that the module's `tokenFrom` names as well is read there. */
function parameterBeside({ settings }: WebSocketApp, { queryParameter }: GuardedWebSocketsSettings): string | undefined {
  const isRead = settings.tokenFrom.some(
    (source) => typeof source === 'object' && 'query' in source && source.query === queryParameter,
  );
  return isRead ? undefined : queryParameter;
}

function refuseOneForAll(): never {
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_SERVER',
    'The WebSocket adapter has made one server for gateways of different ports, paths or namespaces, so nobody knows to which of them a client ' +
      'connects. Write the same port, path and namespace in their @WebSocketGateway().',
  );
}

/** Socket.io sends what a client has missed before any middleware is asked whether the client may still connect. */
function refuseRecovery(): never {
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_RECOVERY',
    'The option connectionStateRecovery of socket.io sends missed messages to a client before its token is looked at. Remove it.',
  );
}
