import type { CallArguments, CallScope, CallState, OpenCalls } from '../../authorization/index.js';
import type { RpcTransport } from './rpc-transport.js';
import type { StreamedCall } from './grpc/streamed-call.js';

/** What following a message takes. */
export interface MessageTools {
  readonly scope: CallScope;
  readonly open: OpenCalls;
}

/** What is kept of a message from the guard to the handler. */
export interface Message {
  readonly transport: RpcTransport;
  /** What its envelope said beside the payload, if it came in one. */
  readonly envelope: object | undefined;
  /** What the guard found out for this handler; `undefined`: no token was read for it, or there was none. */
  state: CallState | undefined;
  /** The handler has been reached, so what becomes of the message is the application's affair. */
  isHandled: boolean;
  /** The call of gRPC that its handler reads and writes itself, once the handler has been reached. */
  call?: StreamedCall;
}

/** Not registered: another copy of the library keeps its own. */
const MESSAGE = Symbol('authz:message');

/** On the arguments, which belong to one handler: several handlers of one event share the context. */
interface Noted {
  [MESSAGE]?: Message;
}

/** Keeps what is known of a message. */
export function noteMessage(call: CallArguments, message: Message): void {
  (call as Noted)[MESSAGE] = message;
}

/** `undefined`: no guard of ours has seen it. */
export function messageOfCall(call: CallArguments): Message | undefined {
  return (call as Noted)[MESSAGE];
}
