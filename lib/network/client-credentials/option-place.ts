import { AuthzConfigError, shown } from '../../core/index.js';

/** The path of an option, for messages. */
export interface OptionPlace {
  /** Name in messages: `client`, `targets.mail.audience`. */
  readonly path: string;
  /** Prefix of the error codes: `AUTHZ_OUTBOUND`. */
  readonly codes: string;
}

/** Returns the path of a member of an option. */
export function memberOf({ path, codes }: OptionPlace, name: string): OptionPlace {
  return { path: `${path}.${name}`, codes };
}

/** A string option. @throws AuthzConfigError */
export function textOption(value: unknown, { path, codes }: OptionPlace, meaning: string): string {
  if (typeof value === 'string' && value.trim() === value && value !== '' && isPrintable(value)) return value;
  throw new AuthzConfigError(`${codes}_TEXT`, `"${path}" must be ${meaning}, got ${shown(value)}.`);
}

/** Reads a value unless it is `undefined`. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}
