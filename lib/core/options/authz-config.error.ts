/**
 * A mistake in what the application wrote: an option, a decorator, a mapping. Stops the start.
 * The message names the thing, what came and what to write; `code` is stable and meant for programs.
 */
export class AuthzConfigError extends Error {
  override readonly name = 'AuthzConfigError';

  constructor(
    /** Stable code, such as `AUTHZ_AUDIENCE`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    // The reader wrote the option, not the code that read it: frames of this library only bury the message.
    this.stack = `${this.name}: ${message}`;
  }
}
