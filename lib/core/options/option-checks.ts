import { kindOf, shown } from '../shown.js';
import { AuthzConfigError } from './authz-config.error.js';

/** Codes of a wrong value, one for each kind of value: the same for every option. */
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
 * The error of a wrong value, in the words that all options share.
 *
 * @param must What the option must be, such as `a number of seconds from 1 to 60`.
 * @param given The value, or its kind where it may hold a secret: `shown(value)`, `kindOf(value)`.
 * @param remedy What to write, as a sentence.
 */
export function wrongValue(code: ValueFault, option: string, must: string, given: string, remedy = ''): AuthzConfigError {
  return new AuthzConfigError(code, `"${option}" must be ${must}, got ${given}.${remedy && ` ${remedy}`}`);
}

/** Reads an option unless it is left out. */
export function optional<Given, Read>(value: Given | undefined, read: (value: Given) => Read): Read | undefined {
  return value === undefined ? undefined : read(value);
}

/** Reads an option that is on or off. Default: off. @throws AuthzConfigError */
export function flagOption(value: unknown, option: string, byDefault = false): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? byDefault;
  throw wrongValue('AUTHZ_FLAG', option, `true or false (default ${byDefault})`, shown(value));
}

/** Whether a value is a string with more than blanks in it. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/**
 * Reads a string. @param what What it is, such as `the path of a file`.
 * @param fits Says whether a string is one of these. Default: one with more than blanks in it.
 * @throws AuthzConfigError
 */
export function stringOption(
  value: unknown,
  option: string,
  what = 'a string that is not empty',
  fits: (text: string) => boolean = isFilled,
): string {
  if (typeof value === 'string' && fits(value)) return value;
  throw wrongValue('AUTHZ_STRING', option, what, shown(value));
}

/** Reads one of several values. @param more What else the option takes, for the message: `a function`. @throws AuthzConfigError */
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

/** The bounds of a number, both included, and its default. */
export interface NumberRule {
  readonly option: string;
  /** Left out for a number that counts nothing. */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
  /** Below `min` it stands for "no limit", which messages leave out. */
  readonly default: number;
  /** Whether fractions are refused. Default: false. */
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

/** The items of a list, each read once; `undefined` for anything else, a list that cannot be read among it. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(value) ? [...(value as readonly unknown[])] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a list of one or more items. @param what What it is, such as `a list of one or more origins`.
 * @throws AuthzConfigError
 */
export function listOption<Item>(
  value: unknown,
  option: string,
  what: string,
  fits: (item: unknown) => item is Item,
): readonly Item[] {
  const items = itemsOf(value);
  if (items !== undefined && items.length > 0 && items.every(fits)) return Object.freeze(items);
  throw wrongValue('AUTHZ_LIST', option, what, shown(value));
}

/** Reads a list of one or more strings. @throws AuthzConfigError */
export function stringsOption(value: unknown, option: string, what = 'a list of one or more strings'): readonly string[] {
  return listOption(value, option, what, isFilled);
}

/**
 * Reads a string, or a list of one or more strings, in the form that was written.
 *
 * @param meaning What the strings are, such as `the id of your client`. Default: not said.
 * @throws AuthzConfigError
 */
export function stringOrStringsOption(value: unknown, option: string, meaning = ''): string | readonly string[] {
  if (isFilled(value)) return value;
  return stringsOption(value, option, `${meaning && `${meaning}, `}a string or a list of one or more strings`);
}

/**
 * Reads a function. @param what What it is, such as `a function that returns the headers`.
 * @param remedy What to write, as a sentence. With it, the value is not shown: a secret is likely to be in its place.
 * @throws AuthzConfigError
 */
export function functionOption<Given>(
  value: Given,
  option: string,
  what = 'a function',
  remedy = '',
): Extract<Given, (...given: never) => unknown> {
  if (typeof value === 'function') return value as Extract<Given, (...given: never) => unknown>;
  throw wrongValue('AUTHZ_FUNCTION', option, what, remedy === '' ? shown(value) : kindOf(value), remedy);
}

/** Reads a moment, as milliseconds since 1970. @throws AuthzConfigError */
export function dateOption(value: unknown, option: string): number {
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isFinite(time)) return time;
  throw wrongValue('AUTHZ_DATE', option, `a date such as '2027-03-31T00:00:00Z'`, shown(value));
}
