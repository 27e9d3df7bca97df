import { conditionText } from '../../core/index.js';
import type { ParsedEntry } from './parse-entries.js';

/** Returns a string that is equal for entries with the same permission and condition, however they are written. A permission has no space. */
export function entryKey(entry: ParsedEntry): string {
  return typeof entry === 'string' ? entry : `${entry.permission} ${conditionText(entry.condition)}`;
}
