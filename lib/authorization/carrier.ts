import type { ExecutionContext } from '@nestjs/common';
import { AuthzConfigError } from '../core/index.js';
import { isJudged, stateOf, type CallState } from './call-state.js';
import type { CallArguments } from './transport.interface.js';
import { graphqlCarrier, graphqlContext } from './transports/graphql-carrier.js';
import { isGrpcCall } from './transports/grpc-call.js';

/** Not registered: another copy of the library keeps its own. */
const OF_MESSAGE = Symbol('authz:message-carrier');

interface SharedCarrier {
  [OF_MESSAGE]?: () => object | undefined;
}

/**
 * What is kept of a call from its guard to its end, and what is known of the caller on it: the request, the socket or its message, the
 * context of the message, the gRPC call.
 * @param type Of the execution context.
 * @returns `undefined`: nothing that could be kept, so nobody knows the caller.
 */
export function carrierOf(type: string, call: CallArguments): object | undefined {
  const carrier = candidate(type, call);
  return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
}

/**
 * Has what is known of the callers of a socket's messages kept with each message, since several are on their way at once and the socket's token
 * may be replaced meanwhile.
 * @param current The carrier of the message that the running code belongs to; `undefined` outside of any of this client.
 */
export function carryEachMessage(client: object, current: () => object | undefined): void {
  (client as SharedCarrier)[OF_MESSAGE] = current;
}

/**
 * What is known of the caller of a handler; `undefined` where no caller is known.
 * @throws AuthzConfigError if our guard has not judged the call, so it is not known whether there is a caller.
 */
export function stateIn(context: ExecutionContext): CallState | undefined {
  const carrier = carrierOf(context.getType(), context.getArgs());
  if (isJudged(carrier)) return stateOf(carrier);
  throw new AuthzConfigError(
    'AUTHZ_NOT_JUDGED',
    `The caller of ${context.getClass().name}.${context.getHandler().name} is not known: AuthzGuard has not judged the call. ` +
      'Import AuthzModule.forRoot({ ... }) in the root module; have GraphQLModule run guards for fields (fieldResolverEnhancers: ["guards"]); ' +
      'and if two copies of nestjs-authz are installed (npm ls nestjs-authz), keep one (npm dedupe).',
  );
}

function candidate(type: string, call: CallArguments): unknown {
  switch (type) {
    case 'http':
      // What a package calls a handler with that did not say of which type the call is: no answer could be sent.
      return typeof call[1] === 'object' && call[1] !== null ? call[0] : undefined;
    case 'ws':
      return ofMessage(call[0]) ?? call[0];
    case 'rpc':
      return messageCarrier(call);
    case 'graphql':
      return graphqlCarrier(graphqlContext(call));
    default:
      return undefined;
  }
}

function ofMessage(client: unknown): object | undefined {
  const current = (client as SharedCarrier | null | undefined)?.[OF_MESSAGE];
  return current?.();
}

/** `[data, context]`; of gRPC `[data, metadata, call]`, or `[call]` and `[call, callback]` where the handler reads and writes the call itself. */
function messageCarrier([first, second, call]: CallArguments): unknown {
  if (call !== undefined) return call;
  return isGrpcCall(first) ? first : second;
}
