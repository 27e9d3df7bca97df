/** Options of `guardedWebSockets()`. */
export interface GuardedWebSocketsOptions {
  /**
   * Name of the query parameter that may carry the token, such as `'access_token'`. Off by default, since URLs end up in logs and browser histories.
   * Default: none.
   */
  readonly queryParameter?: string;
  /**
   * Time for a ws client without a token to send the message `authenticate`, in milliseconds. With 0 such a client is closed at once. Default: 10000.
   */
  readonly authenticateWithinMs?: number;
  /**
   * Maximum number of clients that wait for their first message at the same time, on all servers of the application. Further clients are closed with
   * 1013. Default: 1000.
   */
  readonly maxUnauthenticated?: number;
  /**
   * Maximum number of messages kept for a ws client while its token is checked, of at most 1 MiB together. A client that sends more is closed with
   * 1008. Default: 16.
   */
  readonly maxPendingMessages?: number;
}
