import type { IssuerOptions } from '../../../authentication/index.js';
import type { Algorithm } from '../../../jws/index.js';
import type { SubjectIdentifier } from './subject-identifier.js';

/** Options for security events, shared by push and poll. */
export interface SharedSignalsOptions {
  /**
   * The transmitter, exactly as in `iss` of its tokens: its URL, if its keys are found by discovery (Shared Signals Framework 1.0 section 7,
   * `/.well-known/ssf-configuration`), or `{ issuer, jwksUri | jwks, allowHttp }`.
   */
  readonly issuer: string | IssuerOptions;
  /** Value of `aud` in its tokens: the id of this receiver at the transmitter. */
  readonly audience: string | readonly string[];
  /** Signature algorithms accepted. Default: those of `issuer`, else RS256 and ES256. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Issuer (`iss`) of the access tokens to revoke, if it is not the transmitter; AuthzModule must accept it. Tokens of other issuers cannot be
   * revoked: an event about a subject of a third issuer is acknowledged without effect, unless `subject` returns a subject. Default: the transmitter.
   */
  readonly tokenIssuer?: string;
  /**
   * Returns the subject of our access tokens for an identifier such as `{ format: 'email', email: 'carl@acme.com' }`, or `undefined` for an
   * unknown user. Called for each identifier of a user, with a timeout of 5 seconds; if the function fails, the transmitter has to send the event again.
   * Default: `sub` of identifiers of the format `iss_sub`; events with others are acknowledged without effect.
   */
  readonly subject?: (identifier: SubjectIdentifier) => string | undefined | Promise<string | undefined>;
}
