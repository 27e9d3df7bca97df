import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Asks for at least one of the roles named, just as it comes in the token: inheritance is a matter of permissions. Prefer permissions. */
export const RequireAnyRole = (...roles: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireAnyRole', 'roles', 'any', roles);
