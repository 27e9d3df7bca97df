import { MappingError } from './mapping.error.js';
import type { ReadDocument } from './read-document.js';

/**
 * Reads a JSON text fast, without knowing where its members stand. A member named twice is a fault, as in YAML: `JSON.parse` would keep the
 * last without a word, and a role would vanish.
 * @throws MappingError, with line and column where they are known.
 */
export function parseJson(text: string, source: string): ReadDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // The parser's own message would quote the document.
    const position = / at position (\d+)/.exec((error as Error).message)?.[1];
    throw fault(source, placeAt(text, position), 'begins as JSON and is none: it is cut off or damaged.');
  }
  const repeated = repeatedName(text);
  if (repeated !== undefined) throw fault(source, placeAt(text, repeated), 'this member has the name of one before it.');
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

/** A string, with the colon that makes a name of it, or the beginning or end of an object. Brackets in strings are part of those. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/** Where the second of two members of one object with the same name stands, in a text that is valid JSON. */
function repeatedName(json: string): number | undefined {
  const open: Set<unknown>[] = [];
  for (const { 0: token, 1: text, 2: colon, index } of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined && text !== undefined) {
      const names = open.at(-1);
      const name: unknown = JSON.parse(text); // two ways to write the same sign are one name
      if (names?.has(name) === true) return index;
      names?.add(name);
    }
  }
  return undefined;
}
