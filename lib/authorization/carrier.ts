import type { ExecutionContext } from '@nestjs/common';
import { stateOf, type CallState } from './call-state.js';
import type { CallArguments } from './transport.interface.js';
import { graphqlCarrier } from './transports/graphql-carrier.js';

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
    case 'ws':
      return call[0];
    case 'rpc':
      return call[2] ?? call[1];
    case 'graphql':
      return graphqlCarrier(call[2]);
    default:
      return undefined;
  }
}
