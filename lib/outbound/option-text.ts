import { AuthzConfigError, shown } from '../core/index.js';

/** A text option. @param place How messages name it. @throws AuthzConfigError */
export function textOption(value: unknown, place: string, meaning: string): string {
  if (typeof value === 'string' && value.trim() === value && value !== '' && isPrintable(value)) return value;
  throw new AuthzConfigError('AUTHZ_OUTBOUND_TEXT', `"${place}" must be ${meaning}, got ${shown(value)}.`);
}

/** A true or false option. @throws AuthzConfigError */
export function flagOption(value: unknown, place: string, byDefault: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? byDefault;
  throw new AuthzConfigError('AUTHZ_FLAG', `"${place}" must be true or false (default ${byDefault}), got ${shown(value)}.`);
}

/** What is left out stays out. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}
