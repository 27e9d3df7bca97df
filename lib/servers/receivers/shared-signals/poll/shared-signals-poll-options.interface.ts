import type { SharedSignalsOptions } from '../shared-signals-options.interface.js';

/** How security events are asked for at the transmitter (RFC 8936). */
export interface SharedSignalsPollOptions extends SharedSignalsOptions {
  /** Where the transmitter answers polls: `endpoint_url` of the stream's delivery. */
  readonly url: string;
  /** Answers the `Authorization` header of one request, such as `Bearer …`; asked for each anew, so that a token can be renewed. Default: none is sent. */
  readonly authorization?: () => string | Promise<string>;
  /** Least time between two requests while there is nothing to hear, for transmitters that answer at once, in seconds, from 1 to 3600. Default: 5. */
  readonly pollIntervalSeconds?: number;
  /**
   * Time for one answer, in seconds, from 1 to 600. Longer than the transmitter waits for an event, since a request that ends without an answer
   * counts as a failure. Default: 120.
   */
  readonly timeoutSeconds?: number;
  /** Allows `http:` for `url` on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
}
