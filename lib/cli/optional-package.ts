import { CliError } from './cli.error.js';

/** Turns the import error of a package that is not installed into a message with the command that installs it. */
export function notInstalled(name: string, use: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(`${use} needs the package ${name}: npm install ${name}`);
  };
}
