import { kindOf, shown } from '../shown.js';
import { AuthzConfigError } from './authz-config.error.js';

/** The codes of a wrong value: one for each kind of value, shared by all options. */
export type ValueFault =
  | 'AUTHZ_CHOICE'
  | 'AUTHZ_DATE'
  | 'AUTHZ_FLAG'
  | 'AUTHZ_FUNCTION'
  | 'AUTHZ_KEY'
  | 'AUTHZ_LIST'
  | 'AUTHZ_NUMBER'
  | 'AUTHZ_STRING'
  | 'AUTHZ_URL';

/**
 * Returns the error for a wrong value, in the wording that all options share.
 *
 * @param expected The values that the option accepts, such as `a number of seconds from 1 to 60`.
 * @param given The value received (`shown(value)`), or only its kind if it may hold a secret (`kindOf(value)`).
 * @param remedy A sentence that says what to write.
 */
export function wrongValue(code: ValueFault, option: string, expected: string, given: string, remedy = ''): AuthzConfigError {
  return new AuthzConfigError(code, `"${option}" must be ${expected}, got ${given}.${remedy && ` ${remedy}`}`);
}

/** Reads an option with `read`; returns `undefined` if the option is not set. */
export function optional<Given, Read>(value: Given | undefined, read: (value: Given) => Read): Read | undefined {
  return value === undefined ? undefined : read(value);
}

/** Reads a boolean. @throws AuthzConfigError */
export function flagOption(value: unknown, option: string, byDefault = false): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? byDefault;
  throw wrongValue('AUTHZ_FLAG', option, `true or false (default ${byDefault})`, shown(value));
}

/** Whether a value is a string that contains more than white space. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/**
 * Reads a string.
 *
 * @param expected The strings that the option accepts, such as `the path of a file`.
 * @param fits Returns whether the option accepts a string. Default: {@link isFilled}.
 * @throws AuthzConfigError
 */
export function stringOption(
  value: unknown,
  option: string,
  expected = 'a string that is not empty',
  fits: (value: string) => boolean = isFilled,
): string {
  if (typeof value === 'string' && fits(value)) return value;
  throw wrongValue('AUTHZ_STRING', option, expected, shown(value));
}

/** Reads one of several values. @param more Another kind of value that the message lists, such as `a function`. @throws AuthzConfigError */
export function choiceOption<Choice extends string | number>(
  value: unknown,
  option: string,
  choices: readonly Choice[],
  { byDefault, more }: { readonly byDefault?: Choice; readonly more?: string } = {},
): Choice {
  if (value === undefined && byDefault !== undefined) return byDefault;
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  const names = choices.map((choice) => {
    const written = typeof choice === 'string' ? `'${choice}'` : String(choice);
    return choice === byDefault ? `${written} (default)` : written;
  });
  throw wrongValue('AUTHZ_CHOICE', option, alternatives(more === undefined ? names : [...names, more]), shown(value));
}

function alternatives(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' or ');
}

/** The bounds of a number (inclusive) and its default. */
export interface NumberRule {
  readonly option: string;
  /** `undefined` for a number without a unit. */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
  /** A default below `min` means "no limit". Messages do not show it. */
  readonly default: number;
  /** Whether the number must be an integer. Default: false. */
  readonly isWhole?: boolean;
}

/** Reads a number within its bounds. @throws AuthzConfigError */
export function numberOption(value: unknown, rule: NumberRule): number {
  if (value === undefined) return rule.default;
  if (isWithin(value, rule)) return value;
  const { option, unit, min, max, isWhole = false } = rule;
  const kind = `a ${isWhole ? 'whole number' : 'number'}${unit === undefined ? '' : ` of ${unit}`}`;
  const byDefault = rule.default < min ? '' : ` (default ${rule.default})`;
  throw wrongValue('AUTHZ_NUMBER', option, `${kind} from ${min} to ${max}${byDefault}`, shown(value));
}

function isWithin(value: unknown, { min, max, isWhole = false }: NumberRule): value is number {
  return typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
}

/** Reads each item of an array once. Returns `undefined` if the value is not an array, or throws when read. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(value) ? [...(value as readonly unknown[])] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a list of one or more items.
 *
 * @param expected The lists that the option accepts, such as `a list of one or more origins`.
 * @param fits Returns whether the option accepts an item.
 * @throws AuthzConfigError
 */
export function listOption<Item>(
  value: unknown,
  option: string,
  expected: string,
  fits: (item: unknown) => item is Item,
): readonly Item[] {
  const items = itemsOf(value);
  if (items !== undefined && items.length > 0 && items.every(fits)) return Object.freeze(items);
  throw wrongValue('AUTHZ_LIST', option, expected, shown(value));
}

/** Reads a list of one or more strings. @throws AuthzConfigError */
export function stringsOption(value: unknown, option: string, expected = 'a list of one or more strings'): readonly string[] {
  return listOption(value, option, expected, isFilled);
}

/**
 * Reads a string, or a list of one or more strings. Returns the value in the form in which it was written.
 *
 * @param meaning Description of the strings for the message, such as `the id of your client`. Default: none.
 * @throws AuthzConfigError
 */
export function stringOrStringsOption(value: unknown, option: string, meaning = ''): string | readonly string[] {
  if (isFilled(value)) return value;
  return stringsOption(value, option, `${meaning && `${meaning}, `}a string or a list of one or more strings`);
}

/**
 * Reads a function.
 *
 * @param expected The functions that the option accepts, such as `a function that returns the headers`.
 * @param remedy A sentence that says what to write. With a remedy, the message does not show the value, which is likely to be a secret.
 * @throws AuthzConfigError
 */
export function functionOption<Given>(
  value: Given,
  option: string,
  expected = 'a function',
  remedy = '',
): Extract<Given, (...given: never) => unknown> {
  if (typeof value === 'function') return value as Extract<Given, (...given: never) => unknown>;
  throw wrongValue('AUTHZ_FUNCTION', option, expected, remedy === '' ? shown(value) : kindOf(value), remedy);
}

/** Reads a date. Returns milliseconds since 1970. @throws AuthzConfigError */
export function dateOption(value: unknown, option: string): number {
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isFinite(time)) return time;
  throw wrongValue('AUTHZ_DATE', option, `a date such as '2027-03-31T00:00:00Z'`, shown(value));
}
