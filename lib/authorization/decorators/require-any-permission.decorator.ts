import type { Permission } from '../../core/index.js';
import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Asks for at least one of the permissions named. Adds to what the class and other decorators ask for. */
export const RequireAnyPermission = (...permissions: [Permission, ...Permission[]]): RequirementDecorator =>
  clauseDecorator('RequireAnyPermission', 'permissions', 'any', permissions);
