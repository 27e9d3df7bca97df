import type { TransportOptions } from '../transport-options.interface.js';

/** Options of `httpRevocations()`. */
export interface HttpRevocationsOptions extends TransportOptions {
  /** Largest document accepted, in bytes after decompression, from 1024 to 1073741824. Default: 67108864 (64 MiB). */
  readonly maxBytes?: number;
  /**
   * Whether `url` can only be read, such as a file behind a web server. If so, rules made in this process apply in this process only. Default: false;
   * rules made in this process are sent to `url` by POST.
   */
  readonly readOnly?: boolean;
}
