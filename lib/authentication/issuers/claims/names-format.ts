import { choiceOption, formOf, isRecord, shown, UnreadableClaim } from '../../../core/index.js';
import { resultOf, syncFunctionOption } from './function-option.js';
import type { NamesFormat } from '../options/issuer-options.interface.js';

/** Reads the names in the value of a claim. Does not check each name. */
export type NamesReader = (value: unknown, claim: string | readonly string[]) => readonly unknown[] | UnreadableClaim;

/** The kind of names, and the option for their format. */
export interface NamesOption {
  readonly use: 'roles' | 'permissions';
  readonly option: string;
}

/** Each returns `undefined` for a value in another format. */
const FORMATS: Readonly<Record<Extract<NamesFormat, string>, (value: unknown) => readonly unknown[] | undefined>> = {
  array: list,
  keys: (value) => (isRecord(value) ? Object.keys(value) : undefined),
  'space-separated': (value) => split(value, ' '),
  'comma-separated': (value) => split(value, ','),
  'one-or-many': (value) => (typeof value === 'string' ? [value] : list(value)),
  'array-or-space-separated': (value) => list(value) ?? split(value, ' '),
};

/** Compiles an option for the format of names. @param name The option's name in messages. @throws AuthzConfigError */
export function namesReader(format: unknown, name: string, { use, option }: NamesOption): NamesReader {
  if (typeof format === 'function') {
    const read = syncFunctionOption(format as (value: unknown) => unknown, name);
    return (value, claim) => list(resultOf(read, value)) ?? new UnreadableClaim(use, claim, ...faultOfFunction(option, value));
  }
  const names = Object.keys(FORMATS) as (keyof typeof FORMATS)[];
  const read = FORMATS[choiceOption(format, name, names, { more: 'a function' })];
  return (value, claim) =>
    read(value) ??
    new UnreadableClaim(use, claim, `${formOf(value)}, and "${option}" is ${shown(format)}`, advice(option, value));
}

/** Found form and advice for a function that throws, or does not return a list. */
function faultOfFunction(option: string, value: unknown): [found: string, advice: string] {
  return [
    `${formOf(value)}, for which the function in "${option}" throws, or does not return a list`,
    `Have the function return a list of strings for it, [] for none.`,
  ];
}

function advice(option: string, value: unknown): string {
  if (typeof value === 'string')
    return `Write ${option}: 'one-or-many' if the string is one name, 'space-separated' or 'comma-separated' if it holds several.`;
  if (Array.isArray(value)) return `Write ${option}: 'array' or 'one-or-many'.`;
  return isRecord(value)
    ? `Write ${option}: 'keys' if the names are its keys, else "${option}" as a function that returns the names.`
    : `Name the claim that holds the names, or write "${option}" as a function that returns them.`;
}

function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** Splits at the separator and drops empty parts, so an empty string holds no name. */
function split(value: unknown, separator: string): readonly string[] | undefined {
  if (typeof value !== 'string') return undefined;
  return value
    .split(separator)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
