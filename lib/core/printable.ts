// Control characters, line separators, and format characters such as those that reverse the direction of the text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Escapes every character that could begin a line, move the cursor of a terminal, or hide or reverse the text that follows. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${Number(character.codePointAt(0)).toString(16)}}`);
}
