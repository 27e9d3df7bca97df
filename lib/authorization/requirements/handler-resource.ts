import { AuthzConfigError, type Requirement } from '../../core/index.js';
import { resourceOn } from '../decorators/resource.decorator.js';
import type { ResourceRule } from '../resources/resource-rule.interface.js';
import { readsResource } from '../start/reads-caller.js';
import type { DecoratedTargets } from './decorated-targets.js';
import type { HandlerPlace } from './handler-places.js';

/**
 * Returns how the resource of a handler is found: `@Resource()` on the handler, else on its class; `undefined` without one, and on a handler that
 * requires no caller.
 * @throws AuthzConfigError if `@Resource()` or `@CurrentResource()` on the handler would have no effect.
 */
export function resourceOf(
  place: HandlerPlace,
  { methods, classes }: DecoratedTargets,
  { access }: Requirement,
  name: string,
): ResourceRule | undefined {
  const own = methods.map(resourceOn).find((rule) => rule !== undefined);
  const isLoaded = access === 'authenticated' || access === 'unstated';
  if (own !== undefined && !isLoaded)
    throw new AuthzConfigError(
      'AUTHZ_CONTRADICTION',
      `${name} has @Resource(${own.name}), but requires no caller, so nothing is loaded. Write @Authenticated() or @RequirePermissions(), or remove @Resource().`,
    );
  const resource = isLoaded ? (own ?? classes.map(resourceOn).find((rule) => rule !== undefined)) : undefined;
  if (resource === undefined && readsResource(place))
    throw new AuthzConfigError(
      'AUTHZ_CURRENT_RESOURCE',
      `${name} has @CurrentResource(), but no resource is loaded for it. Write @Resource() on the handler, which must require a caller.`,
    );
  return resource;
}
