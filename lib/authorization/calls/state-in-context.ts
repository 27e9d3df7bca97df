import type { ExecutionContext } from '@nestjs/common';
import { AuthzConfigError } from '../../core/index.js';
import { isJudged, stateOf } from './call-state.js';
import type { CallState } from './call.interface.js';
import type { CallHandling } from './call.interface.js';

/**
 * How the transports of this process find the carrier of a call, by type of the execution context. A decorator of a parameter has nothing
 * injected, so it cannot ask for the transports of its application.
 */
const CARRIERS = new Map<string, Set<CallHandling['carrier']>>();

/** Lets the decorators of parameters find the callers of a transport. */
export function shareCarrier(type: string, { carrier }: CallHandling): void {
  CARRIERS.set(type, (CARRIERS.get(type) ?? new Set()).add(carrier));
}

/**
 * Returns the state that the guard left on a call; `undefined` if the call has no known caller.
 * @throws AuthzConfigError if our guard has not judged the call, so it is not known whether there is a caller.
 */
export function stateIn(context: ExecutionContext): CallState | undefined {
  const args = context.getArgs();
  for (const carrierOf of CARRIERS.get(context.getType()) ?? []) {
    const carrier = carrierOf(args);
    if (isJudged(carrier)) return stateOf(carrier);
  }
  throw new AuthzConfigError(
    'AUTHZ_NOT_JUDGED',
    `The caller of ${context.getClass().name}.${context.getHandler().name} is not known: AuthzGuard has not judged the call. ` +
      'Import AuthzModule.forRoot({ ... }) in the root module; have GraphQLModule run guards for fields (fieldResolverEnhancers: ["guards"]); ' +
      'and if two copies of nestjs-authz are installed (npm ls nestjs-authz), keep one (npm dedupe).',
  );
}
