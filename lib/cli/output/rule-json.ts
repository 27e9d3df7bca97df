import type { PermissionRule } from '../../mapping/index.js';

/** A rule as JSON: without the parsed form of its condition, which `when` states. */
export function ruleJson({ effect, entry, path, tenant, when }: PermissionRule): Omit<PermissionRule, 'condition'> {
  return { effect, entry, path, tenant, when };
}
