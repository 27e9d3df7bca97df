/** A WebSocket server whose clients are authorized before Nest serves them. */
export interface GuardedServer {
  /** Authorizes a new client, and calls back only if the client is accepted. */
  enter(args: readonly unknown[], callback: () => void): void;
  /** Called before the server closes. */
  close(): void;
}
