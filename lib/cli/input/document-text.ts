import type { MappingDocument } from '../../mapping/index.js';
import { jsonText, yamlText } from '../output/terminal-text.js';

/** A document as it is written to a file: in YAML where the name of the file says so, else in JSON. */
export function documentText(document: MappingDocument, file: string): string {
  return /\.ya?ml$/i.test(file) ? yamlText(document) : `${jsonText(document)}\n`;
}
