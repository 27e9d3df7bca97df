/** Something that the user of a command has to change: told in one message, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
