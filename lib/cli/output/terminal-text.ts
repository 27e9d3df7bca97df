import { Document, visit } from 'yaml';
import { printable } from '../../core/index.js';

/**
 * Lines as a terminal may show them: whatever names of files, documents, databases or servers are in them, none moves the cursor, hides or
 * turns what follows. Everything that the commands write passes through here. A line break stays, so a name is escaped where it is put into
 * a line (`nameOf()`, `printed()`, `shown()`).
 */
export function terminalText(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same for an error, which may hold a string of the system or of a server, and arguments as they were written. */
export function errorText(message: string, args: readonly string[]): string {
  const unprintable = args.filter((arg) => printable(arg) !== arg);
  return terminalText(unprintable.reduce((text, arg) => text.replaceAll(arg, printable(arg)), message));
}

/** What a terminal may not be sent, but for the line breaks of the layout. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value in JSON, on several lines, that a terminal may show: it reads as the same value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index), 4)}`).join(''),
  );
}

/** A value in YAML that a terminal may show: it reads as the same value. */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    // Only between double quotes can such a sign be escaped.
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
