import { AuthzConfigError, shown } from '../../core/index.js';

/** An option that is on or off. Default: off. @throws AuthzConfigError */
export function flagOption(value: unknown, option: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new AuthzConfigError('AUTHZ_FLAG', `"${option}" must be true or false, got ${shown(value)}.`);
}
