import { watch, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stringOption } from '../../core/index.js';
import type { LoadedMapping, MappingSource, MappingReload } from '../mapping-source.interface.js';
import { MappingError } from '../document/mapping.error.js';

/** Largest mapping file read, in bytes (8 MiB). */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Writers save in several steps, and a directory sees a burst of events: look once this long after the first. */
const SETTLE_MS = 50;
/** Some file systems report no changes (network mounts, some containers): look again this often. */
const POLL_MS = 5000;

/**
 * A mapping in a JSON or YAML file (YAML 1.2, of which JSON is a part). Read again when it changes; a bad edit keeps the last good
 * mapping in use and says why. Swapped symbolic links, as Kubernetes uses for a mounted ConfigMap, are seen.
 *
 * @param path Absolute, or relative to the working directory of the process.
 */
export function fileMapping(path: string): MappingSource {
  stringOption(path, 'fileMapping(path)', 'the path of a JSON or YAML file', (text) => text !== '');
  const file = resolve(path);
  const state: FileState = { seen: undefined };
  return { name: path, load: () => loadFile(file, path, state), watch: (reload) => watchFile(file, state, reload) };
}

/** Looked at again by the next poll: what is in the way now may pass. */
const UNREAD = 'unread';

interface FileState {
  /** The fingerprint of what was last read, or seen to have changed. */
  seen: string | undefined;
}

async function loadFile(file: string, name: string, state: FileState): Promise<LoadedMapping> {
  return { content: { text: await readText(file, name, state) } };
}

async function readText(file: string, name: string, state: FileState): Promise<string> {
  try {
    const stats = await stat(file);
    state.seen = stats.isFile() ? fingerprint(stats) : UNREAD;
    if (!stats.isFile()) throw fault(name, 'the file', 'is no regular file.'); // a pipe would be waited for without end
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

/** Signs put in place of what cannot be read would change names, of denials too. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault(name, 'the file', 'is not text in UTF-8.');
  }
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, pointer: '', message }]);
}

/** Watches the directory, not the file: editors and Kubernetes replace the file, and a watch on the old one would fall silent. */
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
    watcher.on('error', () => watcher.close()); // the poll goes on
    return watcher;
  } catch {
    return undefined; // no watch to be had here, or no directory yet: the poll sees the file when it comes
  }
}

function fingerprint({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`;
}
