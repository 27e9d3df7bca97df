import { CliError } from './cli.error.js';

/** Tells of a package that has to be installed, where importing it fails for that. */
export function notInstalled(name: string, use: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(`${use} needs the package ${name}: npm install ${name}`);
  };
}
