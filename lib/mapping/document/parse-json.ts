import { MappingError } from './mapping.error.js';
import type { ReadDocument } from './read-document.interface.js';

/**
 * Parses a JSON text fast, without the positions of its members. A duplicate member name is a fault, as in YAML: `JSON.parse` would silently keep
 * the last one, and a role would be lost.
 * @throws MappingError, with line and column if the parser reports them.
 */
export function parseJson(text: string, source: string): ReadDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // The parser's own message would quote the document.
    const position = / at position (\d+)/.exec((error as Error).message)?.[1];
    throw fault(source, placeAt(text, position), 'looks like JSON but does not parse: truncated or malformed.');
  }
  const repeated = repeatedName(text);
  if (repeated !== undefined) throw fault(source, placeAt(text, repeated), 'this member has the same name as an earlier one.');
  return { document };
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, pointer: '', message }]);
}

function placeAt(text: string, position: number | string | undefined): string {
  if (position === undefined) return 'the document';
  const before = text.slice(0, Number(position));
  const lineStart = before.lastIndexOf('\n') + 1;
  return `line ${before.split('\n').length}, column ${before.length - lineStart + 1}`;
}

/** Matches a string, with the colon that makes it a member name, or the start or end of an object. Brackets within strings belong to the string. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/** Returns the position of the first duplicate member name in a string of valid JSON. */
function repeatedName(json: string): number | undefined {
  const open: Set<unknown>[] = [];
  for (const { 0: token, 1: text, 2: colon, index } of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined && text !== undefined) {
      const names = open.at(-1);
      const name: unknown = JSON.parse(text); // two escapes of the same character are the same name
      if (names?.has(name) === true) return index;
      names?.add(name);
    }
  }
  return undefined;
}
