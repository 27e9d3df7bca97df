import { HttpException } from '@nestjs/common';
import { shown } from '../core/index.js';

/** Why there is no token for a target. Stable. */
export type OutboundErrorCode =
  /** Nobody calls here with a token: outside of a call, before or after it, in a public handler, within `runAs`. */
  | 'caller_missing'
  /** The caller's token has expired meanwhile. */
  | 'caller_token_ended'
  /** The caller's token was withdrawn meanwhile. */
  | 'caller_token_revoked'
  /** The caller's token is bound to a key or certificate that this service does not have. */
  | 'caller_token_bound'
  /** The caller's token is not for the target. */
  | 'audience_mismatch'
  /** The caller's token is of an issuer whose tokens are not sent to the client's provider. */
  | 'issuer_mismatch'
  /** The request goes to another origin than the target's. */
  | 'origin_refused'
  /** The token endpoint said no. */
  | 'refused'
  /** The token endpoint answered what is no bearer token. */
  | 'answer_invalid'
  /** The token endpoint cannot be reached or asked to wait, or it is not known whether the caller's token was withdrawn. */
  | 'unavailable';

/** What a token endpoint said, beside that there is no token. */
export interface OutboundErrorDetails {
  /** Error code of the endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2): `invalid_target`. */
  readonly error?: string | undefined;
  /** When asking again makes sense, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** What clients are told of an error that nobody caught. */
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

/** The one place where a code turns into an answer. Every text is fixed: nothing of tokens, targets or origins goes out. */
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

/** What a client of GraphQL is told by `extensions.code`. */
const GRAPHQL_CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
};

/**
 * There is no token for a target, so nothing was sent to it. Where nobody catches it, Nest answers with a fixed text for its code: 401, 403, 502 or 503.
 * What the operator needs to know is in `detail`; no token and no secret is in either.
 */
export class OutboundError extends HttpException {
  override readonly name = 'OutboundError';
  /** For the operator: what went wrong, and with which target. Not for clients. */
  readonly detail: string;
  /** What the token endpoint said: `invalid_grant`. */
  readonly error: string | undefined;
  /** When asking again makes sense, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** What servers of GraphQL tell of it: `code`, and `error` as over HTTP. */
  readonly extensions: Record<string, unknown>;
  private readonly body: PublicBody;

  constructor(
    readonly code: OutboundErrorCode,
    /** The name of the target. */
    readonly target: string,
    /** What went wrong, for the operator. */
    reason: string,
    { error, retryAfterSeconds, cause }: OutboundErrorDetails = {},
  ) {
    const body = BODIES[code];
    // Not with the status in it: by that the Apollo driver of Nest knows what it rewrites.
    super({ error: body.error, message: body.message }, body.statusCode, cause === undefined ? undefined : { cause });
    this.body = body;
    this.detail = `No token for the target ${shown(target)} (${code}): ${reason}`;
    this.error = error;
    this.retryAfterSeconds = retryAfterSeconds;
    this.extensions = { code: GRAPHQL_CODES[body.statusCode], error: body.error };
  }

  /** The body of the answer. */
  override getResponse(): PublicBody {
    return this.body;
  }
}
