import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { shown } from '../core/index.js';
import { CliError } from './cli.error.js';
import { systemReason } from './system-reason.js';

/**
 * Writes a file as a whole: beside it, flushed to the disk and renamed, so that a reader sees the old one or the new one.
 * @throws CliError
 */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  if (path === '' || path === '-') throw new CliError(`A file to write needs a name, got ${shown(path)}.`);
  const file = await realpath(path).catch(() => path); // a symbolic link stays one
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const mode = await modeOf(file);
    const handle = await open(temporary, 'wx');
    try {
      if (mode !== undefined) await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error instanceof CliError ? error : new CliError(`${path} cannot be written: ${systemReason(error)}.`);
  }
}

/** `undefined`: there is no such file yet. */
async function modeOf(file: string): Promise<number | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) throw new CliError(`${file} cannot be written: it is not a file.`);
  return stats?.mode;
}
