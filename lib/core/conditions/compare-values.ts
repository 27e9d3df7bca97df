import type { Comparator, Truth } from './condition.interface.js';

/** Compares two values. Unknown if one is missing, is no scalar, or if the types differ. */
export type CompareValues = (left: unknown, right: unknown) => Truth;

/** Returns whether two values are equal; unknown if one is missing or the types differ. */
export function equal(left: unknown, right: unknown): Truth {
  if (typeof left === 'string' || typeof left === 'number' || typeof left === 'boolean')
    return typeof left === typeof right ? left === right : undefined;
  return left instanceof Date && right instanceof Date ? left.getTime() === right.getTime() : undefined;
}

/** Returns a negative number, 0 or a positive number; unknown if the values have no order: booleans have none. */
function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number') return typeof right === 'number' ? (left < right ? -1 : Number(left > right)) : undefined;
  if (typeof left === 'string') return typeof right === 'string' ? byCodePoint(left, right) : undefined;
  return left instanceof Date && right instanceof Date ? left.getTime() - right.getTime() : undefined;
}

/** Compares strings by code point, as a binary collation of UTF-8 does. JavaScript compares UTF-16 units, which differs above U+FFFF. */
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates sort after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const COMPARATORS: Readonly<Record<Comparator, CompareValues>> = {
  '==': equal,
  '!=': (left, right) => not(equal(left, right)),
  '<': (left, right) => ordered(order(left, right), (sign) => sign < 0),
  '<=': (left, right) => ordered(order(left, right), (sign) => sign <= 0),
  '>': (left, right) => ordered(order(left, right), (sign) => sign > 0),
  '>=': (left, right) => ordered(order(left, right), (sign) => sign >= 0),
};

/** Returns the function that compares two values. */
export function comparing(comparator: Comparator): CompareValues {
  return COMPARATORS[comparator];
}

/** Negates; unknown stays unknown. */
export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function ordered(sign: number | undefined, test: (sign: number) => boolean): Truth {
  return sign === undefined ? undefined : test(sign);
}

/** Returns the number of code points of a string or of elements of a list; `undefined` for anything else. */
export function sizeOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'string') return undefined;
  let size = value.length;
  for (let index = 0; index < value.length; index++) if ((value.charCodeAt(index) & 0xfc00) === 0xd800) size--; // values are well-formed
  return size;
}
