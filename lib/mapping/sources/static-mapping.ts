import type { MappingDocument } from '../document/mapping-document.interface.js';
import type { MappingSource } from '../mapping-source.interface.js';

/** A mapping written in the code. */
export function staticMapping(document: MappingDocument): MappingSource {
  return { name: 'static', load: () => ({ content: { document } }) };
}
