import type { RefusalReason } from '../../core/index.js';
import { AuthzRefusedException, type Refusal } from '../../authorization/index.js';

/** Status and headers of the HTTP response to a refused operation. */
export interface HttpOutcome {
  /** `undefined`: the operation returns other data, so the status stays 200. */
  readonly status: number | undefined;
  /** For Apollo, which reads them from the error. */
  readonly headers: ReadonlyMap<string, string> | undefined;
}

/** A GraphQL call that this module refused. */
export class GraphqlRefusedException extends AuthzRefusedException {
  /** Read by Mercurius, which responds with this status if there is no data. */
  readonly statusCode: number | undefined;

  /** @internal */
  constructor(reason: RefusalReason, answer: Refusal, { status, headers }: HttpOutcome) {
    super(reason, answer);
    this.statusCode = status;
    // Read by Apollo, which does not send it to the client.
    if (headers !== undefined) this.extensions['http'] = status === undefined ? { headers } : { status, headers };
    // Apollo sends the stack outside of production; it must not reveal our code.
    this.stack = `${this.name}: ${this.message}`;
  }
}
