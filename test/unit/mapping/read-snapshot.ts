import { compileMapping, MappingSnapshot, parseMapping, readDocument } from '../../../lib/mapping/index.js';

/** The snapshot of a document that may have conditions. */
export async function readSnapshot(document: object): Promise<MappingSnapshot> {
  const read = await readDocument({ text: JSON.stringify(document) }, 'test');
  return new MappingSnapshot(compileMapping(parseMapping(read.document, 'test', read)));
}
