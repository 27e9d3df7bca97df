import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Requires all of the roles, as named in the token: roles that the mapping lets them inherit do not count. Prefer permissions. */
export const RequireRoles = (...roles: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireRoles', 'roles', 'all', roles);
