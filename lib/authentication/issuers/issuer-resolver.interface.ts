import type { IssuerOptions } from './issuer-options.interface.js';

/** Finds the settings of an issuer by the name that a token gives, for tenants kept in a database. */
export interface IssuerResolver {
  /**
   * Asked with the `iss` of a token whose signature has not been checked, so with whatever a caller writes: look it up, never fetch it.
   * Answers nothing for a name that is not ours. An answer is kept for `refreshSeconds`, a refusal too. A rejection, or no answer within 5
   * s, is answered 503.
   */
  resolve(iss: string): IssuerOptions | undefined | Promise<IssuerOptions | undefined>;
  /** How long an answer is kept, in seconds, 1 to 86400. Default: 300. */
  readonly refreshSeconds?: number;
  /** Most issuers kept at once, 1 to 100000; the one longest not used goes first. Default: 1000. */
  readonly maxIssuers?: number;
}
