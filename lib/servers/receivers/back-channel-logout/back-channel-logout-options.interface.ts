import type { IssuerOptions } from '../../../authentication/index.js';
import type { Algorithm } from '../../../jws/index.js';

/** Options of back-channel logout. */
export interface BackChannelLogoutOptions {
  /**
   * The identity provider that sends logouts: its URL, if its keys are found by discovery (OpenID Connect Discovery 1.0), or
   * `{ issuer, jwksUri | jwks, allowHttp }`, or a preset. It must be an issuer of AuthzModule, since its access tokens are revoked.
   */
  readonly issuer: string | IssuerOptions;
  /** Value of `aud` in logout tokens: the id of the client, or of the clients, registered with this URL. */
  readonly audience: string | readonly string[];
  /** Signature algorithms accepted. Default: those of `issuer`, else RS256 and ES256. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Whether a logout revokes all tokens of its subject, on every device, instead of the tokens of the session. For providers whose access tokens have no
   * session id (`sid`). Default: false.
   */
  readonly endsSubject?: boolean;
}

/** Path of the route for logouts. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface BackChannelLogoutPath {
  /** Path of the route. Default: `backchannel-logout`. */
  readonly path?: string;
}
