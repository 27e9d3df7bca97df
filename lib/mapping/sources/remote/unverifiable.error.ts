/**
 * Whether a text is to be trusted cannot be told at the moment, since what verifies it cannot be had. A disk copy is looked at again then, before
 * anything else: it may be newer than what the remote end has.
 */
export class UnverifiableError extends Error {
  override readonly name = 'UnverifiableError';
}
