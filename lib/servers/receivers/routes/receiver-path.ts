import { AuthzConfigError, shown } from '../../../core/index.js';

/** Checks the option `path` of a receiver. @throws AuthzConfigError */
export function receiverPath(value: unknown, example: string): string {
  if (typeof value === 'string' && /^[\w\-./~]+$/.test(value) && /[^/]/.test(value)) return value;
  throw new AuthzConfigError(
    'AUTHZ_RECEIVER_PATH',
    `"path" must be a path without parameters such as '${example}', got ${shown(value)}.`,
  );
}
