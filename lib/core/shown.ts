/** A value as a message shows it: short, escaped, on one line. */
export function shown(value: unknown): string {
  const text = textOf(value).replace(UNPRINTABLE, escaped);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

// Control characters, line separators, and the invisible ones that turn the direction of what follows.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
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
