import { isRecord } from './options/read-options.js';
import { shown } from './shown.js';

/** Returns the message of an error for a log line. Any other thrown value is formatted by {@link shown}. */
export function messageOf(error: unknown): string {
  return isRecord(error) && typeof error['message'] === 'string' ? error['message'] : shown(error);
}
