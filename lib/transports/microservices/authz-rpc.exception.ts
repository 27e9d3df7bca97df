import type { RpcException } from '@nestjs/microservices';
import type { Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';

/** Base class until `deriveFrom()` replaces it by Nest's class: an import would require @nestjs/microservices in every application. */
class Underived extends Error {
  constructor(private readonly error: object) {
    super();
  }

  getError(): object {
    return this.error;
  }
}
const Base = Underived as unknown as typeof RpcException;

/**
 * A message that this module refused. An exception filter may read `reason`. `getError()` is sent to the client, with no more than the RFC allows:
 * `{ status: 'error', statusCode, error, message }`, for gRPC `{ code, message, metadata }`.
 *
 * @example
 * \@Catch(AuthzRpcException)
 * export class RefusalFilter implements RpcExceptionFilter<AuthzRpcException> {
 *   catch(refused: AuthzRpcException) {
 *     this.metrics.count(refused.reason);
 *     return throwError(() => refused.getError());
 *   }
 * }
 */
export class AuthzRpcException extends Base {
  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    error: object,
  ) {
    super(error);
  }
}

/** Makes refusals instances of Nest's `RpcException`. Called before the first refusal. */
export function deriveFrom(nest: typeof RpcException): void {
  Object.setPrototypeOf(AuthzRpcException, nest);
  Object.setPrototypeOf(AuthzRpcException.prototype, nest.prototype);
}

/** A refusal for which no client waits, or which was sent already: no filter handles it. */
export class SilentRefusal extends AuthzRpcException {}

/** Returns the error that a message client gets. */
export function messageError({ body }: Refusal): object {
  return { status: 'error', ...body };
}

/** Returns whether the decision was not possible (503): the same message may be accepted later. */
export function isTemporary(refused: AuthzRpcException): boolean {
  return (refused.getError() as Partial<Refusal['body']>).statusCode === 503;
}
