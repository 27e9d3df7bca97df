import { shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import type { Terminal } from '../output/terminal.interface.js';

const FROM_ENVIRONMENT = /^env:(\w+)$/;

/** A value that may be a secret: as it is written, or `env:NAME` for that of an environment variable. @throws CliError if it is not set. */
export function fromEnvironment(value: string, { env }: Terminal): string {
  const name = FROM_ENVIRONMENT.exec(value)?.[1];
  if (name === undefined) return value;
  const found = env[name];
  if (found === undefined || found === '') throw new CliError(`The environment variable ${name} is not set.`);
  return found;
}

/** A URL that may have a password in it, which other users of the machine see on the command line. @throws CliError if it has one there. */
export function urlFromEnvironment(value: string, option: string, terminal: Terminal): string {
  const url = fromEnvironment(value, terminal);
  if (url === value && URL.canParse(value) && new URL(value).password !== '')
    throw new CliError(
      `${option} has a password in it, which others see on the command line. Put the URL in an environment variable and write env:NAME.`,
    );
  if (!URL.canParse(url))
    throw new CliError(`${option} must be a URL, got ${url === value ? shown(value) : `something else in ${value}`}.`);
  return url;
}
