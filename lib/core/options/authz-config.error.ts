/**
 * A mistake of the application in an option, a decorator or a mapping. Stops the start.
 * The message names the option, the value received and what to write. `code` is stable and meant for programs.
 */
export class AuthzConfigError extends Error {
  override readonly name = 'AuthzConfigError';

  constructor(
    /** Stable code, such as `AUTHZ_AUDIENCE`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    // The mistake is in the options, not in the code that reads them: frames of this library would only hide the message.
    this.stack = `${this.name}: ${message}`;
  }
}
