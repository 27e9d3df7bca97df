import type { RefusalReason } from '../../core/index.js';
import { AuthzRefusedException, type Refusal } from '../../authorization/index.js';

/** How an operation is refused over HTTP, where the server of GraphQL says which status and headers its answer has. */
export interface HttpOutcome {
  /** `undefined`: the operation has more to answer, so it is answered 200. */
  readonly status: number | undefined;
  /** Of Apollo, which takes them from the error. */
  readonly headers: ReadonlyMap<string, string> | undefined;
}

/** A call of GraphQL refused by this module. */
export class GraphqlRefusedException extends AuthzRefusedException {
  /** Read by Mercurius, which answers with it where there is no data. */
  readonly statusCode: number | undefined;

  /** @internal */
  constructor(reason: RefusalReason, answer: Refusal, { status, headers }: HttpOutcome) {
    super(reason, answer);
    this.statusCode = status;
    // Read by Apollo, which keeps it to itself.
    if (headers !== undefined) this.extensions['http'] = status === undefined ? { headers } : { status, headers };
    // What Apollo shows outside of production; where in this library it came from is nobody's business.
    this.stack = `${this.name}: ${this.message}`;
  }
}
