import { HttpException } from '@nestjs/common';
import type { RefusalReason } from '../../core/index.js';
import type { Refusal } from './refusal.js';

/** `extensions.code` of GraphQL errors, by the status over HTTP. */
const GRAPHQL_CODES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  503: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<Refusal['status'], string>;

/**
 * A request that this module refused. Exception filters may read `reason`; the response body contains only what the RFC defines.
 * The headers are set on the response before the exception is thrown.
 */
export class AuthzRefusedException extends HttpException {
  /** Headers of the response (`WWW-Authenticate`, `Retry-After`). */
  readonly headers: Readonly<Record<string, string>>;
  /** `extensions` of the GraphQL error: `code`, and `error` as over HTTP. */
  readonly extensions: Record<string, unknown>;
  private readonly body: Refusal['body'];

  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    { status, body, headers }: Refusal,
  ) {
    // Without the status: the Apollo driver of Nest rewrites exceptions that contain it.
    super({ error: body.error, message: body.message }, status);
    this.body = body;
    this.headers = headers;
    this.extensions = { code: GRAPHQL_CODES[status], error: body.error };
  }

  /** Returns the body of the response. */
  override getResponse(): Refusal['body'] {
    return this.body;
  }
}
