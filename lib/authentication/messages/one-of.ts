import { listed, shown } from '../../core/index.js';

/** Names that a message lists before it counts the rest. */
export const MAX_LISTED = 5;

/** One value, or "one of" several. */
export function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? shown(values[0]) : `one of ${listed(values, MAX_LISTED, shown)}`;
}
