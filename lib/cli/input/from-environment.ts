import { shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import type { Terminal } from '../output/terminal.interface.js';

const FROM_ENVIRONMENT = /^env:(\w+)$/;

/** Returns the value, or for `env:NAME` that of the environment variable. @throws CliError if the variable is not set. */
export function fromEnvironment(value: string, { env }: Terminal): string {
  const name = FROM_ENVIRONMENT.exec(value)?.[1];
  if (name === undefined) return value;
  const found = env[name];
  if (found === undefined || found === '') throw new CliError(`The environment variable ${name} is not set.`);
  return found;
}

/** Returns a URL, which may contain a password only if it comes from the environment. @throws CliError */
export function urlFromEnvironment(value: string, option: string, terminal: Terminal): string {
  const url = fromEnvironment(value, terminal);
  if (url === value && URL.canParse(value) && new URL(value).password !== '')
    throw new CliError(
      `${option} contains a password, which other users of the machine can see on the command line. Put the URL in an environment variable and write env:NAME.`,
    );
  if (!URL.canParse(url))
    throw new CliError(`${option} must be a URL, got ${url === value ? shown(value) : `another value in ${value}`}.`);
  return url;
}
