import type { Refusal } from '../../../authorization/index.js';
import { AUTHENTICATE, AUTHENTICATED, tokenInPayload } from '../connections/authenticate-message.js';
import { Connection, type ConnectionTools, type RenewalAnswer } from '../connections/connection.js';
import type { Connections } from '../connections/connections.js';
import type { GuardedServer } from '../guarded-server.interface.js';
import type { Admission } from '../admission.js';
import { ioHandshake } from '../connections/handshake.js';
import { IoChannel } from './io-channel.js';
import type { IoServer, IoSocket } from './io-socket.interface.js';

/** What every namespace of socket.io needs. */
export interface IoServerTools {
  readonly connections: Connections;
  readonly connection: ConnectionTools;
  report(error: unknown): void;
}

/** The sockets of one namespace of socket.io: judged by a middleware, so a refusal is the client's `connect_error`. */
export class IoGuardedServer implements GuardedServer {
  private readonly accepted = new WeakSet<IoSocket>();

  constructor(
    server: IoServer,
    private readonly admission: Admission,
    private readonly tools: IoServerTools,
  ) {
    server.use((socket, next) => void this.judge(socket).then(next, (error: unknown) => next(this.failed(error))));
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
    // The server knows of no socket that was not accepted.
  }

  private async judge(socket: IoSocket): Promise<Error | undefined> {
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
    socket.on(AUTHENTICATE, (...args) => connection.renew(tokenInPayload(args[0]), answerTo(socket, args), fail));
    connection.open();
  }

  private failed(error: unknown): Error {
    this.tools.report(error);
    return new Error('server_error');
  }
}

/** Its `data` reaches the client. */
function connectError({ body }: Refusal): Error {
  return Object.assign(new Error(body.message), { data: body });
}

/** By the acknowledgement that the client waits for, otherwise by events. */
function answerTo(socket: IoSocket, args: readonly unknown[]): RenewalAnswer {
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
