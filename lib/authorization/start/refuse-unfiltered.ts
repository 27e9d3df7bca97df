import { AuthzConfigError } from '../../core/index.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { permissionClauses } from '../requirements/permission-clauses.js';

/**
 * Stops the start of an application whose lists would show everything to callers with a permission for some resources only.
 * @param injectsAuthz Whether any code of the application can call `authz.filter()`.
 * @throws AuthzConfigError that names the handlers.
 */
export function refuseUnfiltered(handlers: readonly HandlerRule[], injectsAuthz: boolean): void {
  if (injectsAuthz) return;
  const names = handlers.filter(isFiltered).map(({ name }) => name);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_FILTERED',
    `@Filtered() on ${names.join(', ')} admits callers with the permission for only some resources, but nothing in the application injects Authz, ` +
      'so nothing leaves out the other resources. Inject Authz in the code that lists, and select the resources with authz.filter(permission).',
  );
}

function isFiltered({ requirement }: HandlerRule): boolean {
  return permissionClauses(requirement).some((clause) => clause.isFiltered === true);
}
