import type { ExecutionContext } from '@nestjs/common';
import { AuthzConfigError, shown } from '../../core/index.js';
import { carrierOf, isJudged, stateOf } from './call-state.js';
import type { CallHandling, CallState } from './call.interface.js';
import type { CallArguments } from '../transports/transport.interface.js';

/**
 * Functions that find the carrier of a call, of all transports in this process, by type of the execution context. A parameter decorator cannot
 * inject the transports of its application.
 */
const CARRIERS = new Map<string, Set<CallHandling['carrier']>>();
const NONE: ReadonlySet<CallHandling['carrier']> = new Set();

/** Lets the decorators of parameters find the callers of a transport. */
export function shareCarrier(type: string, { carrier }: CallHandling): void {
  CARRIERS.set(type, (CARRIERS.get(type) ?? new Set()).add(carrier));
}

/**
 * Returns the state that the guard left on a call; `undefined` if the call has no caller.
 * @throws AuthzConfigError if AuthzGuard has not run for the call, or if two applications keep its caller on different objects.
 */
export function stateIn(context: ExecutionContext): CallState | undefined {
  let judged: object | undefined;
  for (const carrier of CARRIERS.get(context.getType()) ?? NONE) {
    const found = foundBy(carrier, context.getArgs());
    if (!isJudged(found)) continue;
    if (judged !== undefined && found !== judged) throw ambiguous(context);
    judged = found;
  }
  if (judged !== undefined) return stateOf(judged);
  throw new AuthzConfigError(
    'AUTHZ_NOT_JUDGED',
    `The caller of ${context.getClass().name}.${context.getHandler().name} is unknown: AuthzGuard has not authorized the call. ` +
      'Import AuthzModule.forRoot({ ... }) in the root module; let GraphQLModule run guards for fields (fieldResolverEnhancers: ["guards"]); ' +
      'and if two copies of nestjs-authz are installed (npm ls nestjs-authz), keep one (npm dedupe).',
  );
}

/** Returns the carrier of a call. The function of another application may throw on arguments that it does not know. */
function foundBy(carrier: CallHandling['carrier'], args: CallArguments): object | undefined {
  try {
    return carrierOf({ carrier }, args);
  } catch {
    return undefined;
  }
}

function ambiguous(context: ExecutionContext): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_TRANSPORT_CARRIER',
    `The caller of ${context.getClass().name}.${context.getHandler().name} is ambiguous: two applications in this process have transports of the type ` +
      `${shown(context.getType())} whose "carrier" functions return different objects. Give the transports different types.`,
  );
}
