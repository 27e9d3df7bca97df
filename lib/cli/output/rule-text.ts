import { shown } from '../../core/index.js';
import type { PermissionRule } from '../../mapping/index.js';
import { printed } from './text-table.js';

/** Formats one rule with its chain of roles. */
export function ruleText({ effect, entry, path, tenant }: PermissionRule): string {
  const whose = tenant === undefined ? '' : ` (in tenant ${printed(tenant)})`;
  return `${effect === 'allow' ? 'granted' : 'denied '}  ${shown(entry)}  by ${path.map(printed).join(' → ')}${whose}`;
}
