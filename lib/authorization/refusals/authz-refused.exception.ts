import { HttpException } from '@nestjs/common';
import type { RefusalReason } from '../../core/index.js';
import type { Refusal } from './refusal.js';

/** What a client of GraphQL is told by `extensions.code`, by the status that a refusal has over HTTP. */
const GRAPHQL_CODES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<Refusal['status'], string>;

/**
 * A request refused by this module. An exception filter may read `reason`; the response body says no more than the RFC.
 * The headers are set on the response before it is thrown.
 */
export class AuthzRefusedException extends HttpException {
  /** Headers that the answer carries (`WWW-Authenticate`, `Retry-After`). */
  readonly headers: Readonly<Record<string, string>>;
  /** What servers of GraphQL tell of it: `code`, and `error` as over HTTP. */
  readonly extensions: Record<string, unknown>;
  private readonly body: Refusal['body'];

  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    { status, body, headers }: Refusal,
  ) {
    // Not with the status in it: by that the Apollo driver of Nest knows what it rewrites.
    super({ error: body.error, message: body.message }, status);
    this.body = body;
    this.headers = headers;
    this.extensions = { code: GRAPHQL_CODES[status], error: body.error };
  }

  /** The body of the answer. */
  override getResponse(): Refusal['body'] {
    return this.body;
  }
}
