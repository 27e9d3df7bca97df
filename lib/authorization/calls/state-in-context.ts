import type { ExecutionContext } from '@nestjs/common';
import { AuthzConfigError } from '../../core/index.js';
import { isJudged, stateOf } from './call-state.js';
import type { CallState } from './call.interface.js';
import type { CallHandling } from './call.interface.js';

/**
 * Functions that find the carrier of a call, of all transports in this process, by type of the execution context. A parameter decorator cannot
 * inject the transports of its application.
 */
const CARRIERS = new Map<string, Set<CallHandling['carrier']>>();

/** Lets the decorators of parameters find the callers of a transport. */
export function shareCarrier(type: string, { carrier }: CallHandling): void {
  CARRIERS.set(type, (CARRIERS.get(type) ?? new Set()).add(carrier));
}

/**
 * Returns the state that the guard left on a call; `undefined` if the call has no caller.
 * @throws AuthzConfigError if AuthzGuard has not run for the call.
 */
export function stateIn(context: ExecutionContext): CallState | undefined {
  const args = context.getArgs();
  for (const carrierOf of CARRIERS.get(context.getType()) ?? []) {
    const carrier = carrierOf(args);
    if (isJudged(carrier)) return stateOf(carrier);
  }
  throw new AuthzConfigError(
    'AUTHZ_NOT_JUDGED',
    `The caller of ${context.getClass().name}.${context.getHandler().name} is unknown: AuthzGuard has not authorized the call. ` +
      'Import AuthzModule.forRoot({ ... }) in the root module; let GraphQLModule run guards for fields (fieldResolverEnhancers: ["guards"]); ' +
      'and if two copies of nestjs-authz are installed (npm ls nestjs-authz), keep one (npm dedupe).',
  );
}
