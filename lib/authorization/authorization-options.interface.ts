import type { MappingDocument, MappingSource } from '../mapping/index.js';
import type { EnforcementMode } from './requirements/enforcement-mode.js';
import type { Transport } from './calls/transport.interface.js';
import type { ReportableReason } from './trial/report-also.js';

/** Options of the room `authorization`. */
export interface AuthorizationOptions {
  /**
   * What a handler without any decorator asks for. `'deny'`: nobody may call it (403, reason `no_requirement`), and a warning at start
   * names it. `'authenticated'`: a valid access token. Default: `'deny'`.
   */
  readonly undecorated?: 'deny' | 'authenticated';
  /**
   * `'report'` lets through what only permissions refuse, logs and counts it; tokens, roles, scopes and step-up still refuse. For a
   * migration; `@AuthzMode()` says otherwise for a class or a handler. A warning at start names what is not enforced. Default: `'enforce'`.
   */
  readonly mode?: EnforcementMode;
  /**
   * Whether the log says why a call was refused: at `warn` once in ten minutes for each handler and reason, with how often it came meanwhile, at
   * `debug` each time. `authz.diagnostics()` counts in any case. Default: true.
   */
  readonly logRefusals?: boolean;
  /**
   * What report mode lets through beside missing permissions, logged and counted. `'no_requirement'`: calls to handlers without a decorator.
   * `'token_missing'`: calls without a token, as after `@OptionalAuth()`; a token that is sent must still be good, and roles, scopes and step-up
   * are still required. Only for handlers in report mode. A warning at start names what is open. Default: none.
   */
  readonly reportAlso?: readonly ReportableReason[];
  /**
   * A second mapping, a document or a source, that is asked beside the one in use: every request on which the two decide differently is
   * logged and counted, and answered as if there were no candidate. Default: none.
   */
  readonly candidate?: MappingDocument | MappingSource;
  /**
   * Transports of the application's own, such as a queue of jobs, beside HTTP, GraphQL, WebSockets and messages: their handlers are guarded like
   * all others. How to write one: docs/write-a-transport.md. Default: none.
   */
  readonly transports?: readonly Transport[];
}
