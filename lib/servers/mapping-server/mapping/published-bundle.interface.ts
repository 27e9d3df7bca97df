import type { SignedDocument } from '../responses/signed-document.js';

/** A published revision. */
export interface PublishedRevision {
  readonly revision: string;
  /** Grows with every publication. */
  readonly sequence: number;
  /** When it was signed, a date-time of RFC 3339. */
  readonly issuedAt: string;
  /** Equal for equal content. */
  readonly digest: string;
}

/** A revision with its bundle. */
export interface PublishedBundle extends PublishedRevision, SignedDocument {
  /** The document's own audience and expiry. */
  readonly terms: string;
}
