import { printable } from './printable.js';

/** Formats a value for a message: short, escaped, on one line. */
export function shown(value: unknown): string {
  const text = printable(formatted(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function formatted(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(unnamed)'}`;
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  return inJson(value) ?? `a value of type ${typeof value}`;
}

/** Returns `undefined` if `toJSON` does so or throws. The types of JSON.stringify leave `undefined` out. */
function inJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
