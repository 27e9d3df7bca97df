import { printable } from './printable.js';

/** Formats a value for a message: short, escaped, on one line. */
export function shown(value: unknown): string {
  const text = printable(formatted(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The kind of a value, for a message that must not show the value itself: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function formatted(value: unknown): string {
  if (typeof value === 'function') return `the function ${nameOf(value)}`;
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  return inJson(value) ?? `a value of type ${typeof value}`;
}

/** The name of a class may be one of its static members: anything, or a getter that throws. */
function nameOf(value: object): string {
  try {
    const { name } = value as { readonly name?: unknown };
    return typeof name === 'string' && name !== '' ? name : '(unnamed)';
  } catch {
    return '(unnamed)';
  }
}

/** `undefined` where `toJSON` returns it, which the types of JSON.stringify leave out. */
function inJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
