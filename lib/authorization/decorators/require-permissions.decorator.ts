import type { Permission } from '../../core/index.js';
import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Asks for every permission named. Adds to what the class and other decorators ask for. */
export const RequirePermissions = (...permissions: [Permission, ...Permission[]]): RequirementDecorator =>
  clauseDecorator('RequirePermissions', 'permissions', 'all', permissions);
