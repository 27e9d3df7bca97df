/** How connections to the gateways of an application are guarded. */
export interface GuardedWebSocketsOptions {
  /**
   * Name of the query parameter from which the token may be read, such as `'access_token'`. URLs end up in logs and histories, so it is read
   * only where this names it. Default: none.
   */
  readonly queryParameter?: string;
  /**
   * How long a client of ws without a token may take to send the message `authenticate`, in milliseconds. 0 switches such waiting off: the
   * client is closed at once. Default: 10000.
   */
  readonly authenticateWithinMs?: number;
  /** How many clients may wait so at once, on all servers of the application. Further ones are closed with 1013. Default: 1000. */
  readonly maxUnauthenticated?: number;
  /**
   * How many messages of a client of ws are kept while it is decided whether it may connect, of at most 1 MiB together. A client that sends
   * more is closed with 1008. Default: 16.
   */
  readonly maxPendingMessages?: number;
}
