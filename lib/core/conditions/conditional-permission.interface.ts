import type { PermissionPattern } from '../permissions/permission.js';
import type { Condition } from './condition.interface.js';

/** A grant or denial under a condition, as a mapping writes it: `{ permission: 'orders:update', when: 'resource.ownerId == principal.subject' }`. */
export interface ConditionalPermission {
  readonly permission: PermissionPattern;
  /** A condition in the language of the mapping (a subset of CEL). */
  readonly when: string;
}

/** A grant or denial with its parsed condition. */
export interface ConditionalRule extends ConditionalPermission {
  readonly condition: Condition;
}
