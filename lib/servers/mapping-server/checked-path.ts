import { AuthzConfigError, shown } from '../../core/index.js';

/** Checks the option `path`. @throws AuthzConfigError */
export function checkedPath(value: unknown, code: string, example: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new AuthzConfigError(code, `"path" must be a path such as '${example}', got ${shown(value)}.`);
}
