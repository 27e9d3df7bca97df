import { Document, visit } from 'yaml';
import { printable } from '../../core/index.js';

/**
 * Escapes control characters, so that no name of a file, document, database or server in the output can move the cursor, or hide or reverse
 * what follows. All output of the commands passes through here. Line breaks stay, so names are escaped where they are inserted into a line
 * (`nameOf()`, `printed()`, `shown()`).
 */
export function terminalText(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Escapes an error, which may contain strings of the system or of a server, and the arguments of the command. */
export function errorText(message: string, args: readonly string[]): string {
  const unprintable = args.filter((arg) => printable(arg) !== arg);
  return terminalText(unprintable.reduce((text, arg) => text.replaceAll(arg, printable(arg)), message));
}

/** Characters that must not reach a terminal. Line breaks are allowed. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Formats a value as JSON on several lines, safe for a terminal: parsing it yields the same value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index), 4)}`).join(''),
  );
}

/** Formats a value as YAML, safe for a terminal: parsing it yields the same value. */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    // YAML has escapes only between double quotes.
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && printable(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity });
  return text.replace(UNPRINTABLE, (character) => `\\U${hex(character.codePointAt(0) ?? 0, 8)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
