import type { MappingDocument } from '../../mapping/index.js';
import { jsonText, yamlText } from '../output/terminal-text.js';

/** Formats a document for a file: YAML if the name ends in .yaml or .yml, else JSON. */
export function documentText(document: MappingDocument, file: string): string {
  return /\.ya?ml$/i.test(file) ? yamlText(document) : `${jsonText(document)}\n`;
}
