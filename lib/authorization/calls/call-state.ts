import type { CallHandling, CallState, RunningCall } from './call.interface.js';
import type { CallArguments } from '../transports/transport.interface.js';

/**
 * `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. No WeakMap: it costs each garbage collection more than the
 * whole check.
 */
const STATE = Symbol('authz:call-state');

interface Carrier {
  /** `null`: the call was authorized or refused without a caller. */
  [STATE]?: CallState | null;
}

/** Returns the carrier of a call. Anything but an object counts as none: a state cannot be kept on it. */
export function carrierOf({ carrier: find }: Pick<CallHandling, 'carrier'>, args: CallArguments): object | undefined {
  const carrier: unknown = find(args);
  return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
}

/** Stores the caller on the call's carrier. */
export function rememberState(carrier: object, state: CallState): void {
  (carrier as Carrier)[STATE] = state;
}

/** Records that a call has no caller: no token was read, there was none, or the call was refused first. Does not replace a caller. */
export function rememberNoCaller(carrier: object): void {
  (carrier as Carrier)[STATE] ??= null;
}

/** Returns the caller's state; `undefined` before the guard has run, and for a call without a caller. */
export function stateOf(carrier: object | undefined): CallState | undefined {
  return (carrier as Carrier | undefined)?.[STATE] ?? undefined;
}

/** Returns whether the guard has run for the call. Before that, a missing caller does not mean an anonymous call. */
export function isJudged(carrier: object | undefined): boolean {
  return (carrier as Carrier | undefined)?.[STATE] !== undefined;
}

/** Where code runs: outside of any call, before the guard has authorized the call, within it, or after it is over. */
export type Standing = 'outside' | 'unjudged' | 'within' | 'over';

/** Returns where code runs in relation to its call. Only `within` a call can it ask for the caller. */
export function standingIn(call: RunningCall | undefined): Standing {
  if (call === undefined) return 'outside';
  if (call.isOver?.() === true) return 'over';
  return isJudged(call.carrier) ? 'within' : 'unjudged';
}
