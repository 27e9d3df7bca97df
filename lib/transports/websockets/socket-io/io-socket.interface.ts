/** The members that we use of a socket.io socket. */
export interface IoSocket {
  readonly request?: unknown;
  readonly handshake?: { readonly auth?: unknown };
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  disconnect(close: boolean): unknown;
}

/** Called for each socket before it is connected. */
type IoMiddleware = (socket: IoSocket, next: (error?: Error) => void) => void;

/** The members that we use of a socket.io server or namespace. */
export interface IoServer {
  use(middleware: IoMiddleware): unknown;
  readonly opts?: { readonly connectionStateRecovery?: unknown };
}

/** Returns whether a server is a socket.io server or namespace; other servers have no middleware. */
export function isIoServer(server: unknown): server is IoServer {
  return typeof (server as Partial<IoServer> | null | undefined)?.use === 'function';
}
