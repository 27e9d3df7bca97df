import { isRecord } from './options/options-check.js';
import { shown } from './shown.js';

/** What an error says, for a log line; whatever else was thrown is shown. */
export function messageOf(error: unknown): string {
  return isRecord(error) && typeof error['message'] === 'string' ? error['message'] : shown(error);
}
