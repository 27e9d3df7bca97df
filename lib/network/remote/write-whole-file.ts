import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file atomically: writes a temporary file in the same directory, flushes it to the disk and renames it. A reader finds the old or the new
 * content, and a crash or a full disk leaves the old file intact.
 *
 * @param text The content, as one string or in parts.
 * @param mode Permissions of the new file. Default: those of files that the process creates.
 * @param modifiedAt Modification time, in milliseconds since 1970. Default: now.
 */
export async function writeWholeFile(
  file: string,
  text: string | Iterable<string>,
  { mode, modifiedAt }: { readonly mode?: number | undefined; readonly modifiedAt?: number } = {},
): Promise<void> {
  // Not named by the process id, which is 1 in every container that shares the directory.
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

/** Flushes a directory, so that the rename survives a power failure. Systems that cannot open a directory skip this. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
