import type { Requirement } from '../../core/index.js';
import type { PolicyExpression } from '../policies/policy-expression.js';
import type { ResourceRule } from '../resources/resource-rule.interface.js';
import type { HandlerFacts } from '../transports/transport.interface.js';
import type { EnforcementMode } from './enforcement-mode.js';

/** What a handler requires, compiled from its decorators. */
export interface HandlerRule extends HandlerFacts {
  /** Whether a parameter of the handler receives the caller. Default: false. */
  readonly readsCaller?: boolean;
  readonly requirement: Requirement;
  /** The policies that must all allow a call. Default: none. */
  readonly policies?: readonly PolicyExpression[];
  /** How the resource of a call is found. Default: calls have none. */
  readonly resource?: ResourceRule;
  readonly mode: EnforcementMode;
  /** Why calls cannot be traced to one handler, so that all are refused; `undefined` if they can. */
  readonly doubt?: string;
}
