import { compileMapping, type CompiledMapping } from './compile-mapping.js';
import type { LoadedMapping } from '../mapping-source.interface.js';
import { parseMapping } from '../document/parse-mapping.js';
import { readDocument } from '../document/read-document.js';

/** Parses, checks and compiles the document of a source. @throws MappingError with every fault. */
export async function compileLoaded(content: LoadedMapping['content'], source: string): Promise<CompiledMapping> {
  const read = await readDocument(content, source);
  return compileMapping(parseMapping(read.document, source, read));
}
