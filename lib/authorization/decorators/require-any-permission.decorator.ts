import type { Permission } from '../../core/index.js';
import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Requires at least one of the permissions. Adds to the requirements of the class and of other decorators. */
export const RequireAnyPermission = (...permissions: [Permission, ...Permission[]]): RequirementDecorator =>
  clauseDecorator('RequireAnyPermission', 'permissions', 'any', permissions);
