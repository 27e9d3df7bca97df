import type { ExecutionContext } from '@nestjs/common';
import { stateOf, type CallState } from './call-state.js';
import type { CallArguments } from './transport.interface.js';
import { graphqlCarrier, graphqlContext } from './transports/graphql-carrier.js';
import { isGrpcCall } from './transports/grpc-call.js';

/**
 * What is kept of a call from its guard to its end, and what is known of the caller on it: the request, the socket, the context of the
 * message, the gRPC call.
 * @param type Of the execution context.
 * @returns `undefined`: nothing that could be kept, so nobody knows the caller.
 */
export function carrierOf(type: string, call: CallArguments): object | undefined {
  const carrier = candidate(type, call);
  return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
}

/** What is known of the caller of a handler. */
export function stateIn(context: ExecutionContext): CallState | undefined {
  return stateOf(carrierOf(context.getType(), context.getArgs()));
}

function candidate(type: string, call: CallArguments): unknown {
  switch (type) {
    case 'http':
      // What a package calls a handler with that did not say of which type the call is: no answer could be sent.
      return typeof call[1] === 'object' && call[1] !== null ? call[0] : undefined;
    case 'ws':
      return call[0];
    case 'rpc':
      return messageCarrier(call);
    case 'graphql':
      return graphqlCarrier(graphqlContext(call));
    default:
      return undefined;
  }
}

/** `[data, context]`; of gRPC `[data, metadata, call]`, or `[call]` and `[call, callback]` where the handler reads and writes the call itself. */
function messageCarrier([first, second, call]: CallArguments): unknown {
  if (call !== undefined) return call;
  return isGrpcCall(first) ? first : second;
}
