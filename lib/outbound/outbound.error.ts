import { HttpException } from '@nestjs/common';
import { shown } from '../core/index.js';

/** Why there is no token for a target. The codes are stable. */
export type OutboundErrorCode =
  /** There is no caller with a token: outside of a call, before the guard or after the end of the call, in a public handler, within `runAs`. */
  | 'caller_missing'
  /** The caller's token has expired since the call began. */
  | 'caller_token_ended'
  /** The caller's token was revoked since the call began. */
  | 'caller_token_revoked'
  /** The caller's token is bound to a key or certificate that this service does not have. */
  | 'caller_token_bound'
  /** The caller's token is not for the target. */
  | 'audience_mismatch'
  /** The caller's token comes from an issuer whose tokens are not sent to the provider of `client`. */
  | 'issuer_mismatch'
  /** The request goes to another origin than the target's. */
  | 'origin_refused'
  /** The token endpoint refused the request. */
  | 'refused'
  /** The response of the token endpoint has no valid bearer token. */
  | 'answer_invalid'
  /** The token endpoint is unreachable or asked to wait, or the revocations are not available. */
  | 'unavailable';

/** Details of an {@link OutboundError}. */
export interface OutboundErrorDetails {
  /** Error code of the endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2): `invalid_target`. */
  readonly error?: string | undefined;
  /** Time after which to try again, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The body of the response for an uncaught error. */
interface PublicBody {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
}

const invalidToken: PublicBody = { statusCode: 401, error: 'invalid_token', message: 'The access token is invalid' };
const insufficient: PublicBody = {
  statusCode: 403,
  error: 'insufficient_scope',
  message: 'The access token does not allow this request',
};
const badGateway: PublicBody = {
  statusCode: 502,
  error: 'bad_gateway',
  message: 'Another service that this request needs could not be called',
};

/** The response for each code. All strings are constant, so that no token, target or origin reaches a client. */
const BODIES: Readonly<Record<OutboundErrorCode, PublicBody>> = {
  caller_missing: { statusCode: 401, error: 'unauthorized', message: 'An access token is required' },
  caller_token_ended: { ...invalidToken, message: 'The access token expired' },
  caller_token_revoked: invalidToken,
  caller_token_bound: invalidToken,
  audience_mismatch: insufficient,
  issuer_mismatch: insufficient,
  origin_refused: badGateway,
  refused: badGateway,
  answer_invalid: badGateway,
  unavailable: {
    statusCode: 503,
    error: 'temporarily_unavailable',
    message: 'Another service that this request needs is not available at the moment',
  },
};

/** `extensions.code` over GraphQL, by status. */
const GRAPHQL_CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
};

/**
 * There is no token for a target, so no request was sent to it. If the application does not catch the error, Nest responds with status 401, 403, 502
 * or 503 and a constant message. `detail` has the details for the operator. Neither contains a token or a secret.
 */
export class OutboundError extends HttpException {
  override readonly name = 'OutboundError';
  /** For the operator, not for clients: the reason and the target. */
  readonly detail: string;
  /** Error code of the token endpoint (RFC 6749 section 5.2), such as `invalid_grant`. */
  readonly error: string | undefined;
  /** Time after which to try again, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** Extensions of the error over GraphQL: `code`, and `error` as over HTTP. */
  readonly extensions: Record<string, unknown>;
  private readonly body: PublicBody;

  constructor(
    readonly code: OutboundErrorCode,
    /** The name of the target. */
    readonly target: string,
    /** Reason for the operator. */
    reason: string,
    { error, retryAfterSeconds, cause }: OutboundErrorDetails = {},
  ) {
    const body = BODIES[code];
    // Without the status: the Apollo driver of Nest rewrites errors whose response has one.
    super({ error: body.error, message: body.message }, body.statusCode, cause === undefined ? undefined : { cause });
    this.body = body;
    this.detail = `No token for the target ${shown(target)} (${code}): ${reason}`;
    this.error = error;
    this.retryAfterSeconds = retryAfterSeconds;
    this.extensions = { code: GRAPHQL_CODES[body.statusCode], error: body.error };
  }

  /** Returns the body of the HTTP response. */
  override getResponse(): PublicBody {
    return this.body;
  }
}
