import { Composer, isMap, isNode, isScalar, Lexer, LineCounter, Parser, visit, type CST, type Document } from 'yaml';
import { MAX_FAULTS, type PlaceOf } from './fault-report.js';
import { MappingError } from './mapping.error.js';
import type { ReadDocument } from './read-document.interface.js';

/** Deepest nesting accepted. The members of a tenant's roles are at level seven. */
const MAX_DEPTH = 64;

/** Parses a YAML 1.2 or JSON text with the positions of its members. @throws MappingError naming line and column. */
export function parseYaml(text: string, name: string): ReadDocument {
  const lines = new LineCounter();
  const document = compose(text, lines, name);
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0)
    throw new MappingError(
      name,
      problems.slice(0, MAX_FAULTS).map(({ pos, message }) => ({ place: position(lines, pos[0]), pointer: '', message })),
      Math.max(0, problems.length - MAX_FAULTS),
    );
  refuseRepeatedNames(document, lines, name);
  return { document: toPlainValue(document, name), placeOf: placesIn(document, lines, text) };
}

/** Parses one YAML document. @throws MappingError if there is more than one document, or if it is nested too deeply. */
function compose(text: string, lines: LineCounter, name: string): Document.Parsed {
  const composer = new Composer({ prettyErrors: false, strict: true, uniqueKeys: false });
  const [document, another] = composer.compose(tokensOf(text, lines, name), true, text.length);
  if (document !== undefined && another === undefined) return document;
  throw fault(name, position(lines, another?.range[0] ?? 0), 'a second document begins here. Write only one document.');
}

/**
 * Yields the tokens of a document like `parseDocument()`, but limits the nesting: the composer recurses at each level, and with a full stack even
 * compiling a regular expression ends the process.
 */
function* tokensOf(text: string, lines: LineCounter, name: string): Generator<CST.Token> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH)
      throw fault(name, position(lines, parser.offset - 1), `is nested more than ${MAX_DEPTH} deep.`);
  }
  yield* parser.end();
}

/**
 * Rejects duplicate names. As names of members, 1 and "1" are equal, and the last one would silently win. Replaces the composer's own check, which
 * treats 1 and "1" as different and compares each key with each.
 */
function refuseRepeatedNames(document: Document, lines: LineCounter, source: string): void {
  visit(document, {
    Map: (_, { items }) => {
      const names = new Set<string>();
      for (const { key } of items) {
        const at = () => position(lines, (isNode(key) ? key.range?.[0] : undefined) ?? 0);
        if (!isScalar<string | number | boolean | null>(key))
          throw fault(source, at(), 'a name must be a string, not a list, an object or an alias.');
        const name = String(key.value ?? '');
        if (names.has(name)) throw fault(source, at(), 'this member has the same name as an earlier one.');
        names.add(name);
      }
    },
  });
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, pointer: '', message }]);
}

function toPlainValue(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw fault(name, 'the document', `cannot be expanded: ${(error as Error).message}.`);
  }
}

function placesIn(document: Document, lines: LineCounter, text: string): PlaceOf {
  return (path, character) => {
    if (character === undefined) return placeOf(document, lines, path);
    const offset = characterOffset(document.getIn(path, true), character, text);
    return offset === undefined ? undefined : position(lines, offset);
  };
}

/** Returns the offset of a character of a string; `undefined` if the string is not written literally, such as with escapes or folded lines. */
function characterOffset(node: unknown, character: number, text: string): number | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
  const [start, end] = node.range;
  if (node.type === 'BLOCK_LITERAL') return blockOffset(node.value, text.slice(start, end), character, start);
  const quotes = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  return text.slice(start + quotes, end - quotes) === node.value ? start + quotes + character : undefined;
}

/** Returns the offset of a character of a literal block (`|`): its lines are indented. */
function blockOffset(value: string, source: string, character: number, start: number): number | undefined {
  const before = value.slice(0, character).split('\n');
  const [header = '', ...lines] = source.split('\n').slice(0, before.length + 1);
  const line = value.split('\n')[before.length - 1] ?? '';
  const written = lines.at(-1)?.replace(/\r$/, '') ?? '';
  if (lines.length < before.length || !written.endsWith(line)) return undefined;
  const lineStart = start + header.length + lines.slice(0, -1).reduce((sum, each) => sum + each.length + 1, 1);
  return lineStart + written.length - line.length + (before.at(-1)?.length ?? 0);
}

function placeOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return position(lines, start);
  }
  return undefined;
}

/** Returns the start of a member: its key if it has one, since an author searches for the key. */
function startOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const key = keyNode(document, path);
  const node = key ?? document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function keyNode(document: Document, path: readonly (string | number)[]): unknown {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  return parent.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === path.at(-1));
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}
