import type { CallState, RunningCall } from './call.interface.js';

/** Not registered: another copy of the library keeps its own. A WeakMap would cost each collection of garbage more than the whole check. */
const STATE = Symbol('authz:call-state');

interface Carrier {
  /** `null`: the call was judged, and no caller is known. */
  [STATE]?: CallState | null;
}

/** Keeps what is known of the caller as long as there is its carrier. */
export function rememberState(carrier: object, state: CallState): void {
  (carrier as Carrier)[STATE] = state;
}

/** Keeps that a call was judged without its caller becoming known: no token was read or there was none, or the call was refused. */
export function rememberNoCaller(carrier: object): void {
  (carrier as Carrier)[STATE] ??= null;
}

/** What is known of the caller; `undefined` before the call is judged, and for a call without a known caller. */
export function stateOf(carrier: object | undefined): CallState | undefined {
  return (carrier as Carrier | undefined)?.[STATE] ?? undefined;
}

/** Whether the guard has judged the call: only then is an unknown caller nobody. */
export function isJudged(carrier: object | undefined): boolean {
  return (carrier as Carrier | undefined)?.[STATE] !== undefined;
}

/** Where the running code stands to its call: outside of any, before the guard has judged the call, within it, or after its end. */
export type Standing = 'outside' | 'unjudged' | 'within' | 'over';

/** Only within a call is there a caller to ask for. */
export function standingIn(call: RunningCall | undefined): Standing {
  if (call === undefined) return 'outside';
  if (call.isOver?.() === true) return 'over';
  return isJudged(call.carrier) ? 'within' : 'unjudged';
}
