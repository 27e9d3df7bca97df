import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { WebSocket, type ClientOptions } from 'ws';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { portOf } from '../raw-request.js';
import type { CallResult, Outcome } from './behaviour-table.js';

/** An application that listens. */
type Served = Pick<AuthzTestApp, 'app'>;

/** A message of Nest on ws. */
export interface Said {
  readonly event: string;
  readonly data: unknown;
}

/** How a connection of ws ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

const BY_STATUS: Readonly<Record<number, Outcome>> = {
  400: 'malformed',
  401: 'unauthenticated',
  403: 'forbidden',
  503: 'unavailable',
};
const BY_CODE: Readonly<Record<number, Outcome>> = {
  4400: 'malformed',
  4401: 'unauthenticated',
  4403: 'forbidden',
  1013: 'unavailable',
};

/** The outcome of a refusal, by its body. */
export function refusedAs(body: unknown): CallResult {
  const { statusCode = 0 } = (body ?? {}) as { statusCode?: number };
  return { outcome: BY_STATUS[statusCode] ?? 'other', said: body };
}

/** The outcome of a closed connection. */
export function closedAs(closed: Closed): CallResult {
  return { outcome: BY_CODE[closed.code] ?? 'other', said: closed };
}

/** A ws client that records the messages it receives. */
export class WsPeer {
  readonly received: Said[] = [];
  readonly closed: Promise<Closed>;
  private wake: () => void = () => undefined;
  private isClosed = false;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as Said);
      this.wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        this.isClosed = true;
        this.wake();
        resolve({ code, reason: reason.toString() });
      }),
    );
  }

  static at(app: Served, path: string, options: ClientOptions = {}, protocols: string[] = []): WsPeer {
    return new WsPeer(new WebSocket(`ws://127.0.0.1:${portOf(app)}${path}`, protocols, options));
  }

  static with(app: Served, path: string, token: string | undefined): WsPeer {
    return WsPeer.at(app, path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    return this;
  }

  send(event: string, data: unknown = {}): this {
    this.socket.send(JSON.stringify({ event, data }));
    return this;
  }

  /** The next message with one of these names; `undefined` once the connection has ended. */
  async next(...events: string[]): Promise<Said | undefined> {
    for (;;) {
      const at = this.received.findIndex(({ event }) => events.includes(event));
      if (at >= 0) return this.received.splice(at, 1)[0];
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Sends a message and returns the outcome. */
  async ask(event: string, data: unknown = {}): Promise<CallResult> {
    try {
      await this.opened();
    } catch {
      return closedAs(await this.closed);
    }
    this.send(event, data);
    const answer = await this.next(event, 'exception');
    if (answer === undefined) return closedAs(await this.closed);
    return answer.event === 'exception' ? refusedAs(answer.data) : { outcome: 'allowed', said: answer.data };
  }

  end(): void {
    this.socket.terminate();
  }
}

type IoOptions = Partial<ManagerOptions & SocketOptions>;

/** A socket.io client with its own connection, directly by WebSocket. */
export function ioClient(app: Served, namespace: string, options: IoOptions = {}): Socket {
  return io(`http://127.0.0.1:${portOf(app)}${namespace}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...options,
  });
}

/** Why a client of socket.io may not connect; `undefined` once it is connected. */
export async function connectError(socket: Socket): Promise<{ message: string; data?: unknown } | undefined> {
  return new Promise((resolve) => {
    if (socket.connected) resolve(undefined);
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', resolve);
    socket.once('disconnect', (reason) => resolve(new Error(reason)));
  });
}

/** The outcome of a socket.io connection that ends, with the reason sent before. */
export async function ioEnded(socket: Socket): Promise<CallResult> {
  let reason: unknown;
  socket.on('unauthorized', (body: unknown) => (reason = body));
  return new Promise((resolve) => socket.once('disconnect', () => resolve(refusedAs(reason))));
}

/** Sends a message by socket.io and returns the outcome. */
export async function ioAsk(socket: Socket, event: string, data: unknown = {}): Promise<CallResult> {
  const error = await connectError(socket);
  if (error !== undefined) return refusedAs(error.data);
  return new Promise((resolve) => {
    socket.once('exception', (body: unknown) => resolve(refusedAs(body)));
    socket.once('disconnect', (reason) => resolve({ outcome: 'other', said: reason }));
    socket.emit(event, data, (said: unknown) => resolve({ outcome: 'allowed', said }));
  });
}
