/** Why a token endpoint gave no token. Stable. */
export type TokenRequestErrorCode =
  /** It said no. */
  | 'refused'
  /** It answered what is no bearer token. */
  | 'answer_invalid'
  /** It cannot be reached, or asked to wait. */
  | 'unavailable';

/** What a token endpoint said, beside that there is no token. */
export interface TokenRequestErrorDetails {
  /** Error code of the endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2): `invalid_target`. */
  readonly error?: string | undefined;
  /** When asking again makes sense, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** A token endpoint gave no token. The message is for the operator; no token and no secret is in it. */
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
