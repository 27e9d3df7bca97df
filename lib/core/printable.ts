// Control characters, line separators, and the invisible ones that turn the direction of what follows.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The string with every character escaped that could begin a line, move the cursor of a terminal or hide or turn what follows. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${Number(character.codePointAt(0)).toString(16)}}`);
}
