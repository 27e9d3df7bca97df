import { isRecord } from './options/read-options.js';
import { shown } from './shown.js';

/** Returns the message of an error for a log line. Any other thrown value is formatted by {@link shown}. Never throws, for any value. */
export function messageOf(error: unknown): string {
  try {
    return isRecord(error) && typeof error['message'] === 'string' ? error['message'] : shown(error);
  } catch {
    return 'an error whose message cannot be read';
  }
}
