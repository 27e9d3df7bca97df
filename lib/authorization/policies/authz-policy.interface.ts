import type { Abstract, Type } from '@nestjs/common';
import type { PermissionSet, Principal } from '../../core/index.js';

/** The call that a policy decides about. */
export interface PolicyCall<Resource = unknown> {
  readonly principal: Principal;
  /** The permissions of the caller. */
  readonly permissions: PermissionSet;
  /** What `@Resource()` of the handler loaded; `undefined` on a handler without it. */
  readonly resource: Resource;
  /** What the client named, unchecked: the parameters in the path over HTTP, the arguments of a GraphQL field, the payload of a message. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the option `conditionContext` returns for the call, with the time of the decision. */
  readonly context: Readonly<Record<string, unknown>> & { readonly now: Date };
}

/**
 * Decides about a call, after its permissions. An injectable class, listed among the providers of any module, for `@RequirePolicy()`.
 *
 * @example
 * @Injectable()
 * export class OwnsOrder implements AuthzPolicy<Order> {
 *   evaluate({ principal, resource }: PolicyCall<Order>) {
 *     return resource.ownerId === principal.subject;
 *   }
 * }
 */
export interface AuthzPolicy<Resource = unknown> {
  /**
   * Returns whether the call is allowed. If it throws, returns anything but true or false, or takes longer than `policyTimeoutMs`, the call is
   * refused (reason `indeterminate`), also inside of `not()`.
   */
  evaluate(call: PolicyCall<Resource>): boolean | Promise<boolean>;
}

/** The class of a policy. May be an abstract class, if a module provides another class or a value for it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a policy of any resource
export type PolicyClass = Type<AuthzPolicy<any>> | Abstract<AuthzPolicy<any>>;
