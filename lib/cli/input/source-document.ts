import {
  compileMapping,
  parseMapping,
  type CompiledMapping,
  type MappingDocument,
  type ReadDocument,
} from '../../mapping/index.js';

/** A document as its author wrote it, and its compiled form. */
export interface SourceDocument {
  readonly document: MappingDocument;
  readonly compiled: CompiledMapping;
}

/** Members that a publication adds. */
const OF_PUBLICATION = ['sequence', 'issuedAt', 'notAfter'];

/**
 * Removes from a published document the members that a publication adds: `sequence`, `issuedAt` and `notAfter`, and a `revision` that is only
 * the digest of the content. In a source, services would refuse the next edit as older, and every service would stop at the old `notAfter`.
 * Keeps `issuer` and `audience`: without them, more services would accept the document.
 * @throws MappingError if the document has faults.
 */
export function sourceDocument(read: ReadDocument, source: string): SourceDocument {
  const published = read.document;
  const compiled = compileMapping(parseMapping(published, source, { parseCondition: read.parseCondition }));
  const isOfAuthor = ([name, value]: [string, unknown]) =>
    !OF_PUBLICATION.includes(name) && !(name === 'revision' && value === compiled.digest);
  const members = Object.entries(published as MappingDocument).filter(isOfAuthor);
  return { document: Object.fromEntries(members) as unknown as MappingDocument, compiled };
}
