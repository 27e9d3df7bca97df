import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Requires at least one of the roles, as named in the token: roles that the mapping lets them inherit do not count. Prefer permissions. */
export const RequireAnyRole = (...roles: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireAnyRole', 'roles', 'any', roles);
