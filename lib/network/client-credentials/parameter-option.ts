import { stringOption } from '../../core/index.js';

/** Whether a value can be sent to the provider as it is: a string without blanks around it and without control characters. */
export function isParameter(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value && !/\p{Cc}/u.test(value);
}

/** Reads a string that is sent to the provider. @throws AuthzConfigError */
export function parameterOption(value: unknown, option: string, what: string): string {
  return stringOption(value, option, what, isParameter);
}
