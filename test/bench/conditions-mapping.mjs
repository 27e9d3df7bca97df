// Parses documents with conditions, as a mapping does.
import { parseMapping, readDocument } from '../../dist/mapping/index.js';

/** Returns a checked document. */
export async function parsedMapping(document) {
  return parseMapping(document, 'bench', await readDocument({ document }, 'bench'));
}
