import type { Refusal } from '../../../authorization/index.js';
import { AUTHENTICATE, AUTHENTICATED, tokenInPayload } from '../connections/authenticate-message.js';
import { Connection, type ConnectionTools, type RenewalReply } from '../connections/connection.js';
import type { Connections } from '../connections/connections.js';
import type { GuardedServer } from '../guarded-server.interface.js';
import type { Admission } from '../admission.js';
import { ioHandshake } from '../connections/handshake.js';
import { IoChannel } from './io-channel.js';
import type { IoServer, IoSocket } from './io-socket.interface.js';

/** Dependencies shared by all socket.io namespaces. */
export interface IoServerTools {
  readonly connections: Connections;
  readonly connection: ConnectionTools;
  report(error: unknown): void;
}

/** Guards the sockets of one socket.io namespace. A middleware authorizes each socket, so a refusal reaches the client as `connect_error`. */
export class IoGuardedServer implements GuardedServer {
  private readonly accepted = new WeakSet<IoSocket>();

  constructor(
    server: IoServer,
    private readonly admission: Admission,
    private readonly tools: IoServerTools,
  ) {
    server.use((socket, next) => void this.authorize(socket).then(next, (error: unknown) => next(this.failed(error))));
  }

  enter([client]: readonly unknown[], callback: () => void): void {
    const socket = client as IoSocket;
    const connection = this.tools.connections.get(socket);
    if (connection === undefined || connection.isClosed || !this.accepted.has(socket)) {
      socket.disconnect(true);
      return;
    }
    if (!connection.isOpen) this.open(socket, connection);
    callback();
  }

  close(): void {
    // The server has only accepted sockets, and closes them itself.
  }

  private async authorize(socket: IoSocket): Promise<Error | undefined> {
    const { admission } = this;
    const handshake = ioHandshake(socket.request, socket.handshake?.auth);
    const connection = new Connection(
      { client: socket, handshake, admission, channel: new IoChannel(socket) },
      this.tools.connection,
    );
    this.tools.connections.add(socket, connection);
    const refused = await admission.refuse(socket);
    if (refused !== undefined) {
      refused.note();
      return connectError(refused.answer);
    }
    this.accepted.add(socket);
    return undefined;
  }

  private open(socket: IoSocket, connection: Connection): void {
    socket.once('disconnect', () => connection.close());
    const fail = (error: unknown): void => {
      this.tools.report(error);
      socket.disconnect(true);
    };
    socket.on(AUTHENTICATE, (...args) => connection.renew(tokenInPayload(args[0]), replyTo(socket, args), fail));
    connection.open();
  }

  private failed(error: unknown): Error {
    this.tools.report(error);
    return new Error('server_error');
  }
}

/** Returns the error whose `data` socket.io sends to the client. */
function connectError({ body }: Refusal): Error {
  return Object.assign(new Error(body.message), { data: body });
}

/** Responds with the acknowledgement if the client requested one, otherwise with events. */
function replyTo(socket: IoSocket, args: readonly unknown[]): RenewalReply {
  const acknowledge = args.at(-1);
  if (isAcknowledgement(acknowledge)) return { accepted: acknowledge, refused: acknowledge };
  return {
    accepted: (data) => void socket.emit(AUTHENTICATED, data),
    refused: (data) => void socket.emit('exception', data),
  };
}

function isAcknowledgement(value: unknown): value is (data: object) => void {
  return typeof value === 'function';
}
