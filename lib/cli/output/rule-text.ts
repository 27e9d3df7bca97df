import { shown } from '../../core/index.js';
import type { PermissionRule } from '../../mapping/index.js';
import { printed } from './text-table.js';

/** One rule with the way to it. */
export function ruleText({ effect, entry, path, tenant }: PermissionRule): string {
  const whose = tenant === undefined ? '' : ` (as tenant ${printed(tenant)} has it)`;
  return `${effect === 'allow' ? 'granted' : 'denied '}  ${shown(entry)}  by ${path.map(printed).join(' → ')}${whose}`;
}
