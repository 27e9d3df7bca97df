import type { IssuerOptions } from './issuer-options.interface.js';

/** Finds the settings of an issuer by the `iss` of a token, for tenants kept in a database. */
export interface IssuerResolver {
  /**
   * Returns the settings for an `iss`; `undefined` for an unknown one. The signature has not been checked yet, so any caller chooses the value of
   * `iss`: look it up, never fetch it. Results are kept for `refreshSeconds`, unknown names too. If the function throws, rejects or takes longer
   * than 5 s, the request gets 503, unless an earlier result is held.
   */
  resolve(iss: string): IssuerOptions | undefined | Promise<IssuerOptions | undefined>;
  /** Time for which a result is kept, in seconds, 1 to 86400. Default: 300. */
  readonly refreshSeconds?: number;
  /** Most issuers kept at once, 1 to 100000; the least recently used is dropped first. Default: 1000. */
  readonly maxIssuers?: number;
}
