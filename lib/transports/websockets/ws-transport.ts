import type { CallArguments, CallHandling, Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';
import type { Caller } from './connections/caller.js';
import type { Connections } from './connections/connections.js';
import { socketCarrier } from './ws/socket-carrier.js';
import { WsRefusedException } from './ws-refused.exception.js';

/** A socket that nobody guards has no token, and none that it could send would be looked at. */
const NOBODY: Caller = {
  credentials: () => ({ kind: 'none' }),
  facts: () => ({ method: '', path: '', dpop: [], certificateThumbprint: () => undefined }),
  header: () => undefined,
  admit: () => undefined,
};

/** Messages of WebSockets: `[client, data, ack or event, pattern]`, and a connection: `[client]`. */
export function wsTransport(connections: Connections): CallHandling {
  const callerOf = ([client]: CallArguments): Caller => connections.callerOf(client) ?? NOBODY;
  return {
    carrier: socketCarrier,
    credentials: (call, dpop) => callerOf(call).credentials(dpop),
    facts: (call) => callerOf(call).facts(),
    header: (call, name) => callerOf(call).header(name),
    holder: ([client]) => (typeof client === 'object' && client !== null ? client : undefined),
    refuse(call, reason: RefusalReason, answer: Refusal): never {
      throw new WsRefusedException(reason, answer, patternOf(call));
    },
    admit: ({ args }, state) => callerOf(args).admit(state),
  };
}

/** Nest adds it at the end. Given back, so that a client with several messages on their way knows which was refused. */
function patternOf(call: CallArguments): string | undefined {
  const last = call.length > 1 ? call.at(-1) : undefined;
  return typeof last === 'string' ? last : undefined;
}
