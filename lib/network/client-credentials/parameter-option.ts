import { stringOption } from '../../core/index.js';

/** Whether a value can be sent to the provider unchanged: a non-empty string without surrounding white space and without control characters. */
export function isParameter(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value && !/\p{Cc}/u.test(value);
}

/** Reads a string that is sent to the provider. @throws AuthzConfigError */
export function parameterOption(value: unknown, option: string, expected: string): string {
  return stringOption(value, option, expected, isParameter);
}
