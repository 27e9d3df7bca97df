import type { Principal } from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';

/** What the guard found out about the caller of one request. */
export interface RequestState {
  readonly token: string;
  readonly principal: Principal;
  readonly resolution: PermissionResolution;
}

/** Not registered: another copy of the library keeps its own. A WeakMap would cost each collection of garbage more than the whole check. */
const STATE = Symbol('authz:request-state');

interface Carrier {
  [STATE]?: RequestState;
}

/** Keeps what is known of the caller for the time of the request. */
export function rememberState(request: object, state: RequestState): void {
  (request as Carrier)[STATE] = state;
}

/** What is known of the caller; `undefined` before the guard and for a request without a token. */
export function stateOf(request: object): RequestState | undefined {
  return (request as Carrier)[STATE];
}
