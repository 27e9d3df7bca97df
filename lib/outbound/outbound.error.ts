import { shown } from '../core/index.js';

/** Why there is no token for a target. Stable. */
export type OutboundErrorCode =
  /** Nobody calls here with a token: outside of a call, in a public handler, within `runAs`. */
  | 'caller_missing'
  /** The caller's token has expired meanwhile. */
  | 'caller_token_ended'
  /** The caller's token was withdrawn meanwhile. */
  | 'caller_token_revoked'
  /** The caller's token is bound to a key or certificate that this service does not have. */
  | 'caller_token_bound'
  /** The caller's token is not for the target. */
  | 'audience_mismatch'
  /** The request goes to another origin than the target's. */
  | 'origin_refused'
  /** The token endpoint said no. */
  | 'refused'
  /** The token endpoint answered what is no bearer token. */
  | 'answer_invalid'
  /** The token endpoint cannot be reached or asked to wait, or the revocations are not known. */
  | 'unavailable';

/** What a token endpoint said, beside that there is no token. */
export interface OutboundErrorDetails {
  /** Error code of the endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2): `invalid_target`. */
  readonly error?: string | undefined;
  /** When asking again makes sense, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** There is no token for a target, so nothing was sent to it. The message is for the operator; no token and no secret is in it. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  /** What the token endpoint said: `invalid_grant`. */
  readonly error: string | undefined;
  /** When asking again makes sense, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: OutboundErrorCode,
    /** The name of the target. */
    readonly target: string,
    message: string,
    { error, retryAfterSeconds, cause }: OutboundErrorDetails = {},
  ) {
    super(`No token for the target ${shown(target)} (${code}): ${message}`, cause === undefined ? undefined : { cause });
    this.error = error;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
