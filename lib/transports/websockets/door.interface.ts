/** Where the clients of one server come in. */
export interface Door {
  /** A client has connected: has Nest told of it (by the callback) if and when it may be served. */
  enter(args: readonly unknown[], callback: () => void): void;
  /** The server is about to end. */
  close(): void;
}
