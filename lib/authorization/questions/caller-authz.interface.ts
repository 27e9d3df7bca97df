import type { Permission, PermissionSet, Principal, ResourceFilter } from '../../core/index.js';
import type { PermissionReport } from './permission-report.js';

/** Permissions of one caller. Report mode has no effect here. */
export interface CallerAuthz {
  /**
   * Returns whether the caller has all of the permissions, whatever the resource. A permission that the caller has only for some resources is not
   * held here: name the resource.
   */
  can(...permissions: [Permission, ...Permission[]]): boolean;
  /**
   * Returns whether the caller has the permission for the resource.
   * @param resource A plain object; only its own members count. @throws AuthzConfigError if it is anything else.
   */
  can(permission: Permission, resource: object): boolean;
  /**
   * Does nothing if the caller has all of the permissions.
   * @throws AuthzRefusedException (403) if the caller lacks one, (401) if one requires another authentication.
   */
  assert(...permissions: [Permission, ...Permission[]]): void;
  /**
   * Does nothing if the caller has the permission for the resource.
   * @throws AuthzRefusedException (403) if not, (401) if the permission requires another authentication.
   */
  assert(permission: Permission, resource: object): void;
  /**
   * Returns which resources the caller has the permission for, for an adapter: `nestjs-authz/sql`, `nestjs-authz/prisma`, `nestjs-authz/mongodb`.
   * @throws AuthzRefusedException (401) if the permission requires another authentication, (503) if the mapping provider failed;
   * AuthzConfigError if a condition tests a list of the resource, or a claim with more than 500 elements.
   */
  filter(permission: Permission): ResourceFilter;
  /**
   * Explains why the caller has or lacks a permission: which role, grant and part of a condition, with which value. For operators: the report
   * contains values of the resource and the token, so do not send it to clients.
   */
  explain(permission: Permission, resource?: object): PermissionReport;
  /** Returns all permissions of the caller. */
  permissions(): PermissionSet;
  /** Returns the caller; `undefined` for a request without a token. */
  principal(): Principal | undefined;
}
