import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Asks for every role named, just as it comes in the token: inheritance is a matter of permissions. Prefer permissions. */
export const RequireRoles = (...roles: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireRoles', 'roles', 'all', roles);
