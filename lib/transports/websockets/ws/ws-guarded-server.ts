import type { Connections } from '../connections/connections.js';
import { Connection, type ConnectionTools } from '../connections/connection.js';
import type { GuardedServer } from '../guarded-server.interface.js';
import type { Admission } from '../admission.js';
import { wsHandshake } from '../connections/handshake.js';
import { clientsOf, type WsClient, type WsServer } from './ws-client.interface.js';
import { WsChannel } from './ws-channel.js';
import { WsSession, type WsSessionTools } from './ws-session.js';

/** What every server of ws needs. */
export interface WsServerTools extends WsSessionTools {
  readonly connections: Connections;
  readonly connection: ConnectionTools;
}

/**
 * The clients of one server of ws. Each connection is accepted before it is judged, since a browser is told a close code but no status of an
 * upgrade that is refused.
 */
export class WsGuardedServer implements GuardedServer {
  private readonly sessions = new WeakMap<WsClient, WsSession>();
  /** Those whom the server must not know of. */
  private readonly kept = new Set<WsClient>();

  constructor(
    private readonly server: WsServer,
    private readonly admission: Admission,
    private readonly tools: WsServerTools,
  ) {}

  enter([client, request]: readonly unknown[], callback: () => void): void {
    this.sessionOf(client as WsClient, request).whenOpen(callback);
  }

  close(): void {
    for (const client of this.kept) client.terminate?.();
  }

  /** The callbacks of several gateways share one. */
  private sessionOf(client: WsClient, request: unknown): WsSession {
    const known = this.sessions.get(client);
    if (known !== undefined) return known;
    const session = this.begin(client, request);
    this.sessions.set(client, session);
    this.keep(client);
    session.start();
    return session;
  }

  private begin(client: WsClient, request: unknown): WsSession {
    const { admission } = this;
    const channel = new WsChannel(client);
    const handshake = wsHandshake(request);
    const connection = new Connection({ client, handshake, admission, channel }, this.tools.connection);
    this.tools.connections.add(client, connection);
    return new WsSession({ client, handshake, admission, connection, channel, onOpen: () => this.release(client) }, this.tools);
  }

  /** Applications speak to all by `server.clients`: who may not be served is not to hear it. */
  private keep(client: WsClient): void {
    clientsOf(this.server)?.delete(client);
    this.kept.add(client);
    client.once('close', () => this.kept.delete(client));
  }

  private release(client: WsClient): void {
    this.kept.delete(client);
    clientsOf(this.server)?.add(client);
  }
}
