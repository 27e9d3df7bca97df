/** Thrown by a provider that cannot give permissions. The request gets 503. */
export class MappingUnavailableError extends Error {
  constructor(
    /** `mapping_stale`: the mapping has expired or was not confirmed for too long. See RefusalReason. */
    readonly reason: 'mapping_unavailable' | 'mapping_stale',
    message: string,
  ) {
    super(message);
    this.name = 'MappingUnavailableError';
  }
}
