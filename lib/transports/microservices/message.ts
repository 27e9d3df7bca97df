import type { CallArguments, CallHandling, CallScope, CallState, OpenCalls, Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';
import type { AuthzRpcException } from './authz-rpc.exception.js';
import type { StreamedCall } from './grpc/streamed-call.js';

/** Dependencies of message handling. */
export interface MessageTools {
  readonly scope: CallScope;
  readonly open: OpenCalls;
}

/** The transport of messages, as the code around a handler uses it. */
export interface MessageHandling extends CallHandling {
  readonly tools: MessageTools;
  /** Returns a refusal in the form that the clients of the call understand. */
  exception(call: CallArguments, reason: RefusalReason, answer: Refusal): AuthzRpcException;
}

/** State of a message between the guard and the handler. */
export interface Message {
  readonly transport: MessageHandling;
  /** The `$authz` object of its envelope, if the message has one. */
  readonly envelope: object | undefined;
  /** The caller that the guard identified for this handler; `undefined` if no token was read or sent. */
  state: CallState | undefined;
  /** Whether the handler was called. From then on the application handles the message itself. */
  isHandled: boolean;
  /** The gRPC call, if the handler reads and writes the call itself. Set once the handler is called. */
  call?: StreamedCall;
}

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const MESSAGE = Symbol('authz:message');

/** Stored on the arguments array, which belongs to one handler: several handlers of one event share the context. */
interface WithMessage {
  [MESSAGE]?: Message;
}

export function noteMessage(call: CallArguments, message: Message): void {
  (call as WithMessage)[MESSAGE] = message;
}

/** Returns the state of a message; `undefined` if no guard of this module ran. */
export function messageOfCall(call: CallArguments): Message | undefined {
  return (call as WithMessage)[MESSAGE];
}
