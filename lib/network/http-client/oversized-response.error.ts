/** Thrown if a response is larger than the limit. */
export class OversizedResponseError extends Error {
  /** @param maxBytes Largest response read, in bytes. */
  constructor(maxBytes: number) {
    super(`answered more than ${maxBytes} bytes`);
    this.name = 'OversizedResponseError';
  }
}
