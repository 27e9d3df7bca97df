import type { FoundMethod, OpenCalls, CallScope, Refusals, Transports } from '../authorization/index.js';
import { RpcTransport } from './rpc-transport.js';

/** What following a message takes. */
export interface MessageTools {
  readonly transports: Transports;
  readonly scope: CallScope;
  readonly open: OpenCalls;
  readonly refusals: Refusals;
}

/** Makes messages of microservices a way into the service. Called before Nest binds the handlers. */
export function openMicroservices(_handlers: readonly FoundMethod[], { transports }: MessageTools): void {
  transports.add('rpc', new RpcTransport());
}
