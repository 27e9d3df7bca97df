import type { SharedSignalsOptions } from '../shared-signals-options.interface.js';

/** How security events are pushed to this application (RFC 8935). */
export interface SharedSignalsPushOptions extends SharedSignalsOptions {
  /** What the transmitter sends as `Authorization`, in full, as it was told at the stream's creation (`authorization_header`). Default: it is not looked at. */
  readonly authorization?: string;
}

/** Where security events are received. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface SharedSignalsPushPath {
  /** Default: `security-events`. */
  readonly path?: string;
}
