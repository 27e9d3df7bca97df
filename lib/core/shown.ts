import { printable } from './printable.js';

/** A value as a message shows it: short, escaped, on one line. */
export function shown(value: unknown): string {
  const text = printable(textOf(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(unnamed)'}`;
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  return inJson(value) ?? `a value of type ${typeof value}`;
}

/** `undefined` where `toJSON` answers so, which the types of JSON.stringify leave out. */
function inJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
