import type { MappingDocument, MappingSource } from '../mapping/index.js';
import type { HandlerCall } from './resources/resource-loader.interface.js';
import type { EnforcementMode } from './requirements/enforcement-mode.js';
import type { Transport } from './transports/transport.interface.js';
import type { ReportableReason } from './trial/report-also.js';

/** Options for authorization: default requirement, report mode, candidate mapping, transports. */
export interface AuthorizationOptions {
  /**
   * Requirement of handlers without a decorator. `'deny'`: every call is refused (403, reason `no_requirement`), and a warning at start
   * names the handler. `'authenticated'`: a valid access token. Default: `'deny'`.
   */
  readonly undecorated?: 'deny' | 'authenticated';
  /**
   * `'report'` lets through, logs and counts the calls that lack only permissions; tokens, roles, scopes and step-up are still required. For
   * migrations. `@AuthzMode()` overrides it for a class or a handler. A warning at start names the handlers. Default: `'enforce'`.
   */
  readonly mode?: EnforcementMode;
  /**
   * Whether refusals are logged: at `warn` once in ten minutes for each handler and reason, with the number of repetitions, at `debug` each time.
   * `authz.diagnostics()` counts them in any case. Default: true.
   */
  readonly logRefusals?: boolean;
  /**
   * Reasons that report mode lets through besides missing permissions, logged and counted. `'no_requirement'`: calls to handlers without a decorator.
   * `'token_missing'`: calls without a token, as after `@OptionalAuth()`; a token that is sent must still be valid, and roles, scopes and step-up
   * are still required. Only for handlers in report mode. A warning at start names the handlers. Default: none.
   */
  readonly reportAlso?: readonly ReportableReason[];
  /**
   * A second mapping, a document or a source, that decides the same requests as the one in use: different decisions are logged and counted, and
   * have no effect. Default: none.
   */
  readonly candidate?: MappingDocument | MappingSource;
  /**
   * Returns what a call brings for conditions over `context`, and for policies: `({ args }) => ({ ip: (args[0] as Request).ip })`. Called only if a
   * condition or a policy needs it. Must be synchronous. `context.now` is always the time of the decision. If the function fails, the context is empty, and
   * the log has a warning. Default: an empty context.
   */
  readonly conditionContext?: (call: HandlerCall) => Readonly<Record<string, unknown>>;
  /** How long the promise of a loader (`@Resource()`) is awaited, in milliseconds. After that the response is 503. Default: 2000. */
  readonly resourceTimeoutMs?: number;
  /** How long the promises of the policies of a call are awaited together, in milliseconds. After that the call is refused. Default: 2000. */
  readonly policyTimeoutMs?: number;
  /**
   * Transports of the application's own, such as a queue of jobs, beside HTTP, GraphQL, WebSockets and messages: their handlers are guarded like
   * all others. How to write one: node_modules/nestjs-authz/docs/guides/write-a-transport.md. Default: none.
   */
  readonly transports?: readonly Transport[];
}
