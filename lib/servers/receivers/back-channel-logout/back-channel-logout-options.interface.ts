import type { IssuerOptions } from '../../../authentication/index.js';
import type { Algorithm } from '../../../jws/index.js';

/** Whose logouts are heard, and what they end. */
export interface BackChannelLogoutOptions {
  /**
   * The identity provider that sends them: its URL, by which its keys are discovered (OpenID Connect Discovery 1.0), or
   * `{ issuer, jwksUri | jwks, allowHttp }`, or a preset. The same that AuthzModule has, since its access tokens are withdrawn.
   */
  readonly issuer: string | IssuerOptions;
  /** What stands in `aud` of a logout token: the id of the client (or of the clients) that is registered with this address. */
  readonly audience: string | readonly string[];
  /** Signature algorithms accepted. Default: those of `issuer`, else RS256 and ES256. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * A logout ends all that its subject holds, on every device, not the one session alone. For providers whose access tokens carry no session id
   * (`sid`). Default: false.
   */
  readonly endsSubject?: boolean;
}

/** Where logouts are received. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface BackChannelLogoutPath {
  /** Default: `backchannel-logout`. */
  readonly path?: string;
}
