import { CliError } from '../cli.error.js';
import { fromEnvironment } from './from-environment.js';
import type { Terminal } from '../output/terminal.interface.js';

/** The headers of the option `--header`, names in lower case. @throws CliError, never with a value in it. */
export function httpHeaders(given: readonly string[], terminal: Terminal): Readonly<Record<string, string>> {
  const pairs = given.map((header) => {
    const [, name, value] = /^([\w-]+)=(env:\w+)$/.exec(header) ?? [];
    // What came is not shown: it is likely to be the token itself.
    if (name === undefined || value === undefined)
      throw new CliError(
        '--header must be written as name=env:NAME, such as authorization=env:AUTHORIZATION: others see a value on the command line.',
      );
    return [name.toLowerCase(), headerValue(value, terminal)] as const;
  });
  return Object.fromEntries(pairs);
}

/** fetch() would refuse it too, with the value in its message. */
function headerValue(place: string, terminal: Terminal): string {
  const value = fromEnvironment(place, terminal).trim();
  if (/^[\t\x20-\x7e]+$/.test(value)) return value;
  throw new CliError(`The value in ${place} cannot be sent as a header: it must be one line of plain ASCII.`);
}
