import type { IssuerOptions } from '../../../authentication/index.js';
import type { Algorithm } from '../../../jws/index.js';
import type { SubjectIdentifier } from './subject-identifier.js';

/** Whose security events are heard, and whose tokens they withdraw. */
export interface SharedSignalsOptions {
  /**
   * The transmitter, exactly as its tokens name it in `iss`: its URL, by which its keys are discovered (Shared Signals Framework 1.0 section 7,
   * `/.well-known/ssf-configuration`), or `{ issuer, jwksUri | jwks, allowHttp }`.
   */
  readonly issuer: string | IssuerOptions;
  /** What stands in `aud` of its tokens: the id under which this receiver is known to it. */
  readonly audience: string | readonly string[];
  /** Signature algorithms accepted. Default: those of `issuer`, else RS256 and ES256. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Whose access tokens are withdrawn (`iss`), where the transmitter is somebody else; AuthzModule must accept them. No other issuer's can be: an event
   * about somebody at a third one is acknowledged and changes nothing, unless `subject` answers. Default: the transmitter.
   */
  readonly tokenIssuer?: string;
  /**
   * Finds whom an identifier means: answers the subject of our access tokens, `undefined` where it is nobody known. Asked for each identifier of
   * somebody, such as `{ format: 'email', email: 'carl@acme.com' }`, under a deadline of 5 s; where it fails, the event is to be sent again. Default:
   * `sub` of identifiers of the format `iss_sub`; others are acknowledged and change nothing.
   */
  readonly subject?: (identifier: SubjectIdentifier) => string | undefined | Promise<string | undefined>;
}
