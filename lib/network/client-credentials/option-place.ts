import { AuthzConfigError, shown } from '../../core/index.js';

/** Where an option stands, for messages. */
export interface OptionPlace {
  /** How messages name it: `client`, `targets.mail.audience`. */
  readonly path: string;
  /** What the codes of its errors begin with: `AUTHZ_OUTBOUND`. */
  readonly codes: string;
}

/** The place of one member of the option at a place. */
export function memberOf({ path, codes }: OptionPlace, name: string): OptionPlace {
  return { path: `${path}.${name}`, codes };
}

/** A string option. @throws AuthzConfigError */
export function textOption(value: unknown, { path, codes }: OptionPlace, meaning: string): string {
  if (typeof value === 'string' && value.trim() === value && value !== '' && isPrintable(value)) return value;
  throw new AuthzConfigError(`${codes}_TEXT`, `"${path}" must be ${meaning}, got ${shown(value)}.`);
}

/** What is left out stays out. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}
