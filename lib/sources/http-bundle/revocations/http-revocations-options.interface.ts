import type { TransportOptions } from '../transport-options.interface.js';

/** Where revocations are read and published. */
export interface HttpRevocationsOptions extends TransportOptions {
  /** Largest document read, in bytes, once decompressed, from 1024 to 1073741824. Default: 67108864 (64 MiB). */
  readonly maxBytes?: number;
  /**
   * The URL is only read, such as a file behind a web server: what is revoked in this process holds in this process alone. Default: false, what
   * is revoked here is sent to `url` by POST.
   */
  readonly readOnly?: boolean;
}
