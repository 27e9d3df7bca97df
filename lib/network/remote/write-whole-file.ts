import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file, as one text or in parts, beside the one there is, flushes it to the disk and renames it: a reader finds the old one or the new one, and a crash or a full
 * disk leaves the old one whole.
 *
 * @param mode Its permissions, whatever those of the old one were. Default: as the process makes files.
 * @param modifiedAt Its time of change, in milliseconds since 1970. Default: now.
 */
export async function writeWholeFile(
  file: string,
  text: string | Iterable<string>,
  { mode, modifiedAt }: { readonly mode?: number | undefined; readonly modifiedAt?: number } = {},
): Promise<void> {
  // Not by the process id, which is 1 in every container that shares the folder.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      if (mode !== undefined) await handle.chmod(mode);
      for (const part of typeof text === 'string' ? [text] : text) await handle.writeFile(part);
      if (modifiedAt !== undefined) await handle.utimes(modifiedAt / 1000, modifiedAt / 1000);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncDirectory(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** So that the rename outlives a power cut. Not every system opens a directory; then the rename alone has to do. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
