/**
 * Thrown if a document cannot be verified at the moment, since the keys are unavailable. The next attempt then reads the disk copy again before the
 * remote source: the copy may be newer.
 */
export class UnverifiableError extends Error {
  override readonly name = 'UnverifiableError';
}
