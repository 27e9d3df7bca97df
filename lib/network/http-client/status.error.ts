/** Thrown if a server responds with an unexpected status. */
export class StatusError extends Error {
  /** @param message Message for the operator. Default: `answered` and the status. */
  constructor(
    readonly status: number,
    message = `answered ${status}`,
  ) {
    super(message);
    this.name = 'StatusError';
  }
}
