import type { TransportOptions } from '../transport-options.interface.js';

/** Where revocations are read and published. */
export interface HttpRevocationsOptions extends TransportOptions {
  /** Largest document accepted, in bytes after decompression, from 1024 to 1073741824. Default: 67108864 (64 MiB). */
  readonly maxBytes?: number;
  /**
   * Never posts to `url`, for a URL that can only be read, such as a file behind a web server. Rules made in this process then apply in this process
   * only. Default: false; rules made here are sent to `url` by POST.
   */
  readonly readOnly?: boolean;
}
