import type { Requirement } from '../../core/index.js';
import type { HandlerFacts } from '../transports/transport.interface.js';
import type { EnforcementMode } from './enforcement-mode.js';

/** What a handler requires, compiled from its decorators. */
export interface HandlerRule extends HandlerFacts {
  /** Whether a parameter of the handler receives the caller. Default: false. */
  readonly readsCaller?: boolean;
  readonly requirement: Requirement;
  readonly mode: EnforcementMode;
  /** Why calls cannot be traced to one handler, so that all are refused; `undefined` if they can. */
  readonly doubt?: string;
}
