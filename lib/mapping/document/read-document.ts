import type { LoadedMapping } from '../mapping-source.interface.js';
import { hasConditions } from './has-conditions.js';
import { parseJson } from './parse-json.js';
import type { ReadDocument } from './read-document.interface.js';

/** A JSON text up to this length is parsed as YAML, which takes a hundred times the time and memory but reports the position of every member. */
const MAX_PLACED_LENGTH = 256 * 1024;

/** Parses a document that is a string; uses any other document unchanged. @throws MappingError naming line and column. */
export async function readDocument(content: LoadedMapping['content'], source: string): Promise<ReadDocument> {
  const read = 'document' in content ? content : await readText(content.text, source);
  if (!hasConditions(read.document)) return read;
  const { parseCondition } = await import('../conditions/parse-condition.js');
  return { ...read, parseCondition };
}

async function readText(text: string, source: string): Promise<ReadDocument> {
  if (text.length > MAX_PLACED_LENGTH && /^\ufeff?\s*[{[]/.test(text)) return parseJson(text.replace(/^\ufeff/, ''), source);
  // Loaded at first use: an application whose mapping is in its code does not need the parser.
  const { parseYaml } = await import('./parse-yaml.js');
  return parseYaml(text, source);
}
