import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { LoadedMapping } from './mapping-source.interface.js';
import { MappingError } from './mapping.error.js';

/** Reads a YAML 1.2 or JSON text, and knows where each of its members stands. @throws MappingError naming line and column. */
export function parseYaml(text: string, name: string): LoadedMapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0)
    throw new MappingError(
      name,
      problems.map(({ pos, message }) => ({ place: position(lines, pos[0]), message })),
    );
  return { document: toPlainValue(document, name), place: (path) => placeOf(document, lines, path) };
}

function toPlainValue(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new MappingError(name, [{ place: 'the document', message: `cannot be expanded: ${(error as Error).message}.` }]);
  }
}

function placeOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return position(lines, start);
  }
  return undefined;
}

/** Where a member starts: at its key, if it has one, since that is what the writer looks for. */
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
