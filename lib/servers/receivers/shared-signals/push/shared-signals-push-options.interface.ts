import type { SharedSignalsOptions } from '../shared-signals-options.interface.js';

/** Options for security events that the transmitter pushes to this application (RFC 8935). */
export interface SharedSignalsPushOptions extends SharedSignalsOptions {
  /** The whole `Authorization` header of the transmitter, as set when the stream was created (`authorization_header`). Default: not checked. */
  readonly authorization?: string;
}

/** Path of the route for security events. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface SharedSignalsPushPath {
  /** Path of the route. Default: `security-events`. */
  readonly path?: string;
}
