import { CliError } from '../cli.error.js';
import { fromEnvironment } from './from-environment.js';
import type { Terminal } from '../output/terminal.interface.js';

/** Returns the headers of the option `--header`, names in lower case. @throws CliError; its message never contains a value. */
export function httpHeaders(given: readonly string[], terminal: Terminal): Readonly<Record<string, string>> {
  const pairs = given.map((header) => {
    const [, name, value] = /^([\w-]+)=(env:\w+)$/.exec(header) ?? [];
    // The value received is not shown: it may be the token itself.
    if (name === undefined || value === undefined)
      throw new CliError(
        '--header must be written as name=env:NAME, such as authorization=env:AUTHORIZATION: other users of the machine can see values on the command line.',
      );
    return [name.toLowerCase(), headerValue(value, terminal)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Checked here because the error of fetch() would contain the value. */
function headerValue(place: string, terminal: Terminal): string {
  const value = fromEnvironment(place, terminal).trim();
  if (/^[\t\x20-\x7e]+$/.test(value)) return value;
  throw new CliError(`The value in ${place} cannot be sent as a header: it must be one line of plain ASCII.`);
}
