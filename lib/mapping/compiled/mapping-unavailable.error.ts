/** Says that a provider has no permissions to give, and why; a caller is answered 503. */
export class MappingUnavailableError extends Error {
  constructor(
    /** `mapping_stale`: there is a mapping that may not be used any more. See RefusalReason. */
    readonly reason: 'mapping_unavailable' | 'mapping_stale',
    message: string,
  ) {
    super(message);
    this.name = 'MappingUnavailableError';
  }
}
