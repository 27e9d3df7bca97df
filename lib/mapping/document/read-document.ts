import type { PlaceOf } from './fault-report.js';
import type { LoadedMapping } from '../mapping-source.interface.js';
import { parseJson } from './parse-json.js';

/** A document as a value, not yet checked. */
export interface ReadDocument {
  readonly document: unknown;
  readonly placeOf?: PlaceOf | undefined;
}

/** A JSON text up to this length is read like YAML, which takes a hundred times the time and memory and knows the place of every member. */
const MAX_PLACED_LENGTH = 256 * 1024;

/** Reads the text of a document, where it is one. @throws MappingError naming line and column. */
export async function readDocument(content: LoadedMapping['content'], source: string): Promise<ReadDocument> {
  if ('document' in content) return content;
  const { text } = content;
  if (text.length > MAX_PLACED_LENGTH && /^\ufeff?\s*[{[]/.test(text)) return parseJson(text.replace(/^\ufeff/, ''), source);
  // Loaded at first use: an application whose mapping is written in code starts without a parser.
  const { parseYaml } = await import('./parse-yaml.js');
  return parseYaml(text, source);
}
