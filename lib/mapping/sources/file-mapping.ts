import { watch, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stringOption } from '../../core/index.js';
import type { LoadedMapping, MappingSource, MappingReload } from '../mapping-source.interface.js';
import { MappingError } from '../document/mapping.error.js';

/** Largest mapping file read, in bytes (8 MiB). */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Time between the first change event and the check of the file, in milliseconds: writing a file causes a burst of events. */
const SETTLE_MS = 50;
/** Interval between two checks of the file, in milliseconds: some file systems report no changes (network mounts, some containers). */
const POLL_MS = 5000;

/**
 * Reads the mapping from a JSON or YAML 1.2 file of at most 8 MiB, and again whenever the file changes. If an edit is invalid, the last good
 * mapping stays in use and the log says why. Detects swapped symbolic links, which Kubernetes uses for a mounted ConfigMap.
 *
 * @param path Absolute, or relative to the working directory of the process.
 */
export function fileMapping(path: string): MappingSource {
  stringOption(path, 'fileMapping(path)', 'the path of a JSON or YAML file', (text) => text !== '');
  const file = resolve(path);
  const state: FileState = { seen: undefined };
  return { name: path, load: () => loadFile(file, path, state), watch: (reload) => watchFile(file, state, reload) };
}

/** Makes the next poll read the file again: the fault may be temporary. */
const UNREAD = 'unread';

interface FileState {
  /** Fingerprint of the file at the last read or detected change. */
  seen: string | undefined;
}

async function loadFile(file: string, name: string, state: FileState): Promise<LoadedMapping> {
  return { content: { text: await readText(file, name, state) } };
}

async function readText(file: string, name: string, state: FileState): Promise<string> {
  try {
    const stats = await stat(file);
    state.seen = stats.isFile() ? fingerprint(stats) : UNREAD;
    if (!stats.isFile()) throw fault(name, 'the file', 'is not a regular file.'); // reading a pipe would never end
    if (stats.size > MAX_FILE_BYTES) throw fault(name, 'the file', `is larger than ${MAX_FILE_BYTES} bytes.`);
    return decoded(await readFile(file), name);
  } catch (error) {
    if (error instanceof MappingError) throw error;
    state.seen = UNREAD;
    throw fault(
      name,
      'the file',
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'}). Looked for it at ${file}.`,
    );
  }
}

/** Decodes UTF-8 strictly: replacement characters would change names, also those of denials. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault(name, 'the file', 'is not valid UTF-8.');
  }
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, pointer: '', message }]);
}

/** Watches the directory, not the file: editors and Kubernetes replace the file, and a watch on the old file would get no events. */
function watchFile(file: string, state: FileState, reload: MappingReload): () => void {
  let stopped = false;
  const look = async () => {
    const seen = await stat(file).then(fingerprint, () => 'missing');
    if (stopped || seen === state.seen) return;
    state.seen = seen;
    void reload();
  };
  let pending: NodeJS.Timeout | undefined;
  const soon = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      void look();
    }, SETTLE_MS).unref();
  };
  const watcher = tryWatch(dirname(file), soon);
  const poll = setInterval(soon, POLL_MS).unref();
  return () => {
    stopped = true;
    clearTimeout(pending);
    clearInterval(poll);
    watcher?.close();
  };
}

function tryWatch(directory: string, changed: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', () => watcher.close()); // the poll continues
    return watcher;
  } catch {
    return undefined; // watching is not supported, or the directory does not exist yet: the poll detects the file
  }
}

function fingerprint({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`;
}
