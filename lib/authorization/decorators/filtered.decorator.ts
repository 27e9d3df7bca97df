import type { Permission } from '../../core/index.js';
import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/**
 * Requires the permission for at least some resources: for a handler that lists resources. The handler must select them with
 * `authz.filter(permission)`, since nothing else leaves out those that the caller may not see. Adds to other requirements.
 *
 * @example
 * @Get() @Filtered('orders:read') list() {
 *   const { text, parameters } = toSql(this.authz.filter('orders:read'), { dialect: 'postgres', columns: COLUMNS });
 *   return this.orders.find(text, parameters);
 * }
 */
export const Filtered = (permission: Permission): RequirementDecorator =>
  clauseDecorator('Filtered', 'permissions', 'all', [permission], { isFiltered: true });
