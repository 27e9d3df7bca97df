import type { Connections } from '../connections/connections.js';
import { Connection, type ConnectionTools } from '../connections/connection.js';
import type { GuardedServer } from '../guarded-server.interface.js';
import type { Admission } from '../admission.js';
import { wsHandshake } from '../connections/handshake.js';
import { clientsOf, type WsClient, type WsServer } from './ws-client.interface.js';
import { WsChannel } from './ws-channel.js';
import { WsSession, type WsSessionTools } from './ws-session.js';

/** Dependencies shared by all ws servers. */
export interface WsServerTools extends WsSessionTools {
  readonly connections: Connections;
  readonly connection: ConnectionTools;
}

/**
 * Guards the clients of one ws server. Each connection is accepted before it is authorized, since a browser sees close codes but not the status of a
 * refused upgrade.
 */
export class WsGuardedServer implements GuardedServer {
  private readonly sessions = new WeakMap<WsClient, WsSession>();
  /** Clients that are not yet accepted, hidden from the server. */
  private readonly hidden = new Set<WsClient>();

  constructor(
    private readonly server: WsServer,
    private readonly admission: Admission,
    private readonly tools: WsServerTools,
  ) {}

  enter([client, request]: readonly unknown[], callback: () => void): void {
    this.sessionOf(client as WsClient, request).whenOpen(callback);
  }

  close(): void {
    for (const client of this.hidden) client.terminate?.();
  }

  /** Returns one session for each client, also if several gateways register callbacks. */
  private sessionOf(client: WsClient, request: unknown): WsSession {
    const known = this.sessions.get(client);
    if (known !== undefined) return known;
    const session = this.begin(client, request);
    this.sessions.set(client, session);
    this.hide(client);
    session.start();
    return session;
  }

  private begin(client: WsClient, request: unknown): WsSession {
    const { admission } = this;
    const channel = new WsChannel(client);
    const handshake = wsHandshake(request);
    const connection = new Connection({ client, handshake, admission, channel }, this.tools.connection);
    this.tools.connections.add(client, connection);
    return new WsSession({ client, handshake, admission, connection, channel, onOpen: () => this.reveal(client) }, this.tools);
  }

  /** Removes the client from `server.clients`, which applications use to broadcast: a client must receive nothing before it is accepted. */
  private hide(client: WsClient): void {
    clientsOf(this.server)?.delete(client);
    this.hidden.add(client);
    client.once('close', () => this.hidden.delete(client));
  }

  private reveal(client: WsClient): void {
    this.hidden.delete(client);
    clientsOf(this.server)?.add(client);
  }
}
