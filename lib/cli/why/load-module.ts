import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord, messageOf } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { nameOf } from '../input/read-text.js';
import { systemReason } from '../system-reason.js';

/**
 * Loads the options that a module of the application exports by default, as an object or as a function that returns one.
 * @throws CliError
 */
export async function loadModule(file: string): Promise<unknown> {
  const path = resolve(file);
  await access(path).catch((error: unknown) => {
    throw new CliError(`${nameOf(file)} cannot be read: ${systemReason(error)}.`);
  });
  try {
    const exported = defaultOf(((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default);
    const options: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
    if (options !== undefined) return options;
  } catch (error) {
    throw new CliError(`${nameOf(file)} cannot be loaded: ${reasonOf(error)}`);
  }
  throw new CliError(`${nameOf(file)} exports no options. Write: export default { issuer, audience, mapping };`);
}

/** Unwraps the default export: for CommonJS, TypeScript compiles it to a member of `module.exports`. */
function defaultOf(exported: unknown): unknown {
  return isRecord(exported) && exported['__esModule'] === true ? exported['default'] : exported;
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this version of Node.js does not run TypeScript. Name the compiled file, such as dist/authz-options.js.';
  return messageOf(error);
}
