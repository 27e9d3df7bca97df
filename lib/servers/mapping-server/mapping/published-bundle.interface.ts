import type { SignedText } from '../responses/signed-text.js';

/** One revision that was published. */
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
export interface PublishedBundle extends PublishedRevision, SignedText {
  /** For whom and until when the document itself says that it is. */
  readonly terms: string;
}
