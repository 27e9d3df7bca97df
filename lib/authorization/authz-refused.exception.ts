import { HttpException } from '@nestjs/common';
import type { RefusalReason } from '../core/index.js';
import type { Refusal } from './refusal.js';

/**
 * A request refused by this module. An exception filter may read `reason`; the response body says no more than the RFC.
 * The headers are set on the response before it is thrown.
 */
export class AuthzRefusedException extends HttpException {
  /** Headers that the answer carries (`WWW-Authenticate`, `Retry-After`). */
  readonly headers: Readonly<Record<string, string>>;

  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    { status, body, headers }: Refusal,
  ) {
    super(body, status);
    this.headers = headers;
  }
}
