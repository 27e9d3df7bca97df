import { realpath, stat } from 'node:fs/promises';
import { shown } from '../../core/index.js';
import { writeWholeFile } from '../../network/remote/index.js';
import { CliError } from '../cli.error.js';
import { nameOf } from '../input/read-text.js';
import { systemReason } from '../system-reason.js';

/**
 * Writes a file atomically. A symbolic link stays a link, and a file keeps its permissions.
 * @throws CliError
 */
export async function writeFile(path: string, text: string): Promise<void> {
  if (path === '' || path === '-') throw new CliError(`A file to write needs a name, got ${shown(path)}.`);
  try {
    const file = await realpath(path).catch(() => path);
    await writeWholeFile(file, text, { mode: await modeOf(file) });
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${nameOf(path)} cannot be written: ${systemReason(error)}.`);
  }
}

/** Returns the permissions of a file, `undefined` if it does not exist yet. */
async function modeOf(file: string): Promise<number | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) throw new CliError(`${nameOf(file)} cannot be written: it is not a file.`);
  return stats && stats.mode & 0o7777;
}
