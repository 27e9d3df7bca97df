import type { Principal } from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';
import type { HandlerRule } from './handler-rules.js';
import type { CallArguments, Transport } from './transport.interface.js';

/** What the guard found out about the caller. */
export interface CallState {
  /** `undefined`: the work was begun here, on behalf of a principal. */
  readonly token: string | undefined;
  readonly principal: Principal;
  readonly transport: Transport;
  readonly resolution: PermissionResolution;
}

/** A call, and what is kept of it: the request, the socket, the message's context. */
export interface Exchange {
  readonly transport: Transport;
  readonly args: CallArguments;
  /** What is known of the caller is kept on it. */
  readonly carrier: object;
}

/** A call on its way through the gate. */
export interface Call extends Exchange {
  readonly rule: HandlerRule;
}

/** Not registered: another copy of the library keeps its own. A WeakMap would cost each collection of garbage more than the whole check. */
const STATE = Symbol('authz:call-state');

interface Carrier {
  [STATE]?: CallState;
}

/** Keeps what is known of the caller as long as there is its carrier. */
export function rememberState(carrier: object, state: CallState): void {
  (carrier as Carrier)[STATE] = state;
}

/** What is known of the caller; `undefined` before the guard and for a call without a token. */
export function stateOf(carrier: object | undefined): CallState | undefined {
  return (carrier as Carrier | undefined)?.[STATE];
}
