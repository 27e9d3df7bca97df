/** A server answered with another status than the one that is read. */
export class StatusError extends Error {
  /** @param message For the operator. Default: names the status. */
  constructor(
    readonly status: number,
    message = `answered ${status}`,
  ) {
    super(message);
    this.name = 'StatusError';
  }
}
