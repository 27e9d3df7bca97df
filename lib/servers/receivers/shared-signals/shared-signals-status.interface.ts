/** What can be said of a stream of security events, for a health check or a dashboard. Counted since the start of the process. */
export interface SharedSignalsStatus {
  /** Events that have done their work, those without any included. */
  readonly received: number;
  /** Tokens refused, and faulty events. */
  readonly refused: number;
  /** Events of types that are not known here; acknowledged. */
  readonly unknownEvents: number;
  /** Events about somebody or something that tokens are not known by here; acknowledged. */
  readonly unknownSubjects: number;
  /** The last verification that the transmitter sent (Shared Signals Framework 1.0 section 8.1.4); `undefined` where it has sent none. */
  readonly lastVerification: { readonly at: number; readonly state: string | undefined } | undefined;
}
