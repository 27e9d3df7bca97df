import { compileMapping, parseMapping, type CompiledMapping, type MappingDocument } from '../../mapping/index.js';

/** A document as its author wrote it, and what it gives. */
export interface SourceDocument {
  readonly document: MappingDocument;
  readonly compiled: CompiledMapping;
}

/** What a publication adds. */
const OF_PUBLICATION = ['sequence', 'issuedAt', 'notAfter'];

/**
 * Takes from a published document what a publication adds: `sequence`, `issuedAt` and `notAfter`, and a `revision` that is only the digest of
 * the content. Kept in a source, they would have the next edit refused as an older document, and every service stop at the old end. Who
 * published it for whom (`issuer`, `audience`) stays: without it more services would take it.
 * @throws MappingError if the document has faults.
 */
export function sourceDocument(published: unknown, source: string): SourceDocument {
  const compiled = compileMapping(parseMapping(published, source));
  const isOfAuthor = ([name, value]: [string, unknown]) =>
    !OF_PUBLICATION.includes(name) && !(name === 'revision' && value === compiled.digest);
  const members = Object.entries(published as MappingDocument).filter(isOfAuthor);
  return { document: Object.fromEntries(members) as unknown as MappingDocument, compiled };
}
