import type { Principal } from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';

/** What the guard found out about the caller of one request. */
export interface RequestState {
  readonly token: string;
  readonly principal: Principal;
  readonly resolution: PermissionResolution;
}

// Keyed by the request object: applications in one process have different ones, and an entry goes with its request.
const states = new WeakMap<object, RequestState>();

/** Keeps what is known of the caller for the time of the request. */
export function rememberState(request: object, state: RequestState): void {
  states.set(request, state);
}

/** What is known of the caller; `undefined` before the guard and for a request without a token. */
export function stateOf(request: object): RequestState | undefined {
  return states.get(request);
}
