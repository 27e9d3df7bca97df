import type { RpcException } from '@nestjs/microservices';
import type { Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';

/** Stands for Nest's class until `deriveFrom()` has it: importing that class would ask every application for @nestjs/microservices. */
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
 * A message refused by this module. An exception filter may read `reason`; what the client is told, `getError()`, says no more than the RFC:
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

/** Makes the refusals exceptions of Nest, before the first of them. */
export function deriveFrom(nest: typeof RpcException): void {
  Object.setPrototypeOf(AuthzRpcException, nest);
  Object.setPrototypeOf(AuthzRpcException.prototype, nest.prototype);
}

/** A refusal that nobody waits for, or that was given already: it goes no further. */
export class SilentRefusal extends AuthzRpcException {}

/** What clients of messages are told. */
export function messageError({ body }: Refusal): object {
  return { status: 'error', ...body };
}

/** Whether nobody could decide: the same message may be let in later. */
export function isTemporary(refused: AuthzRpcException): boolean {
  return (refused.getError() as Partial<Refusal['body']>).statusCode === 503;
}
