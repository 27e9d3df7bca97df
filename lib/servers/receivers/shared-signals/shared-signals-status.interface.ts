/** State of a stream of security events, for a health check or a dashboard. Counts since the start of the process. */
export interface SharedSignalsStatus {
  /** Events processed, including those without effect. */
  readonly received: number;
  /** Tokens refused, and faulty events. */
  readonly refused: number;
  /** Events of unknown types; acknowledged. */
  readonly unknownEvents: number;
  /** Events about subjects for which no tokens are known here; acknowledged. */
  readonly unknownSubjects: number;
  /** The transmitter's last verification event (Shared Signals Framework 1.0 section 8.1.4); `undefined` if there was none. */
  readonly lastVerification: { readonly at: number; readonly state: string | undefined } | undefined;
}
