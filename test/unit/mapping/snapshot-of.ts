import { compileMapping } from '../../../lib/mapping/compiled/compile-mapping.js';
import { MappingSnapshot, parseMapping } from '../../../lib/mapping/index.js';

/** The snapshot of a document. */
export const snapshotOf = (document: unknown): MappingSnapshot =>
  new MappingSnapshot(compileMapping(parseMapping(document, 'test')));
