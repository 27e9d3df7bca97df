import { shown } from '../../core/index.js';
import { fail } from './condition-fault.error.js';

/** The rest of a string up to the next character that matters. */
const PLAIN = /[^"'\\\r\n]*/y;
/** One escape of CEL: a character, or the number of a code point in octal or hexadecimal. */
const ESCAPE =
  /\\(?:[\\?"'`abfnrtv]|(?<octal>[0-3][0-7]{2})|[xX](?<two>[0-9a-fA-F]{2})|u(?<four>[0-9a-fA-F]{4})|U(?<eight>[0-9a-fA-F]{8}))/y;

/** Checks the string literal that begins here, and returns where it ends. @throws ConditionFaultError */
export function scanString(text: string, start: number): number {
  const quote = text.charAt(start);
  if (text.startsWith(quote.repeat(3), start)) fail('strings in triple quotes are not in the language.', start);
  for (let at = start + 1; ;) {
    PLAIN.lastIndex = at;
    at += PLAIN.exec(text)?.[0].length ?? 0;
    const character = text.charAt(at);
    if (character === quote) return at + 1;
    at += lengthInside(text, at, start);
  }
}

/** Returns the length of what is at a position inside a string: an escape, or the other kind of quote. */
function lengthInside(text: string, at: number, start: number): number {
  const character = text.charAt(at);
  if (character === '\\') return escapeLength(text, at);
  if (character === '"' || character === "'") return 1;
  if (character === '') fail('this string has no end.', start);
  return fail('a string must end on its line: write \\n for a line break.', at);
}

function escapeLength(text: string, at: number): number {
  ESCAPE.lastIndex = at;
  const found = ESCAPE.exec(text);
  if (found === null)
    return fail(`${shown(text.slice(at, at + 2))} is not an escape of the language: write \\\\ for a backslash.`, at);
  const { octal, two, four, eight } = found.groups ?? {};
  const digits = octal ?? two ?? four ?? eight;
  if (digits !== undefined) checkCodePoint(Number.parseInt(digits, octal === undefined ? 16 : 8), at);
  return found[0].length;
}

function checkCodePoint(code: number, at: number): void {
  if (code > 0x10ffff) fail('no character has this number.', at);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff))
    fail('U+0000 and half a surrogate pair are not allowed: no database holds them unchanged.', at);
}
