/** What we use of a socket of socket.io. */
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

/** What we use of a server of socket.io, or of one of its namespaces. */
export interface IoServer {
  use(middleware: IoMiddleware): unknown;
  readonly opts?: { readonly connectionStateRecovery?: unknown };
}

/** Whether it is a server of socket.io, or one of its namespaces; others know no middleware. */
export function isIoServer(server: unknown): server is IoServer {
  return typeof (server as Partial<IoServer> | null | undefined)?.use === 'function';
}
