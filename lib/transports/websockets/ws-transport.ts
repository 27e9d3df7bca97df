import type { CallArguments, CallHandling, Refusal } from '../../authorization/index.js';
import { isRecord, type RefusalReason } from '../../core/index.js';
import type { Caller } from './connections/caller.js';
import type { Connections } from './connections/connections.js';
import { socketCarrier } from './ws/socket-carrier.js';
import { WsRefusedException } from './ws-refused.exception.js';

/** Caller of a socket that no guarded adapter accepted: it has no token and cannot send one. */
const UNGUARDED_SOCKET: Caller = {
  credentials: () => ({ kind: 'none' }),
  facts: () => ({ method: '', path: '', dpop: [], certificateThumbprint: () => undefined }),
  header: () => undefined,
  admit: () => undefined,
};

/** WebSocket messages: `[client, data, ack or event, pattern]`, and connections: `[client]`. */
export function wsTransport(connections: Connections): CallHandling {
  const callerOf = ([client]: CallArguments): Caller => connections.callerOf(client) ?? UNGUARDED_SOCKET;
  return {
    carrier: socketCarrier,
    credentials: (call, dpop) => callerOf(call).credentials(dpop),
    facts: (call) => callerOf(call).facts(),
    header: (call, name) => callerOf(call).header(name),
    holder: ([client]) => (typeof client === 'object' && client !== null ? client : undefined),
    params: ([, data]) => (isRecord(data) ? data : {}),
    input: ([, data]) => data,
    refuse(call, reason: RefusalReason, answer: Refusal): never {
      throw new WsRefusedException(reason, answer, patternOf(call));
    },
    admit: ({ args }, state) => callerOf(args).admit(state),
  };
}

/**
 * Returns the message's pattern, which Nest appends to the arguments. The refusal repeats it, so that a client with several pending messages knows
 * which one was refused.
 */
function patternOf(call: CallArguments): string | undefined {
  const last = call.length > 1 ? call.at(-1) : undefined;
  return typeof last === 'string' ? last : undefined;
}
