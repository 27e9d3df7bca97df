/** A server answered more than is read. */
export class OversizedAnswerError extends Error {
  /** @param maxBytes How much is read. */
  constructor(maxBytes: number) {
    super(`answered more than ${maxBytes} bytes`);
    this.name = 'OversizedAnswerError';
  }
}
