/** Why a token endpoint issued no token. Stable. */
export type TokenRequestErrorCode =
  /** The endpoint refused the request. */
  | 'refused'
  /** The response contains no valid bearer token. */
  | 'answer_invalid'
  /** The endpoint is unreachable, or asked to wait. */
  | 'unavailable';

/** Details of a failed token request. */
export interface TokenRequestErrorDetails {
  /** Error code of the endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2): `invalid_target`. */
  readonly error?: string | undefined;
  /** Time until the next request makes sense, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown if a token endpoint issues no token. The message is for the operator and contains no token and no secret. */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError';
  readonly error: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: TokenRequestErrorCode,
    message: string,
    { error, retryAfterSeconds, cause }: TokenRequestErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.error = error;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
