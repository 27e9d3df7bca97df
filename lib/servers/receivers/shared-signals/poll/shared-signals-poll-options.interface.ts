import type { SharedSignalsOptions } from '../shared-signals-options.interface.js';

/** Options for requesting security events from the transmitter (RFC 8936). */
export interface SharedSignalsPollOptions extends SharedSignalsOptions {
  /** URL of the poll endpoint: `endpoint_url` of the stream's delivery. */
  readonly url: string;
  /** Returns the `Authorization` header, such as `Bearer …`. Called for each request, so that it can return a renewed token. Default: no header. */
  readonly authorization?: () => string | Promise<string>;
  /** Shortest time between two requests without events, in seconds, from 1 to 3600, for transmitters that respond immediately. Default: 5. */
  readonly pollIntervalSeconds?: number;
  /**
   * Timeout of a request, in seconds, from 1 to 600. Must be longer than the transmitter waits for an event, because a request without a response
   * counts as a failure. Default: 120.
   */
  readonly timeoutSeconds?: number;
  /** Allows `http:` for `url` on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
}
