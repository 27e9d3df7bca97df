/** A WebSocket server whose clients are authorized before Nest serves them. */
export interface GuardedServer {
  /** Authorizes a client that has connected, then calls back if it may be served. */
  enter(args: readonly unknown[], callback: () => void): void;
  /** Called before the server closes. */
  close(): void;
}
