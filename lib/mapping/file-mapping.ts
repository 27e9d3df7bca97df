import { watch, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AuthzConfigError, shown } from '../core/index.js';
import type { LoadedMapping, MappingSource } from './mapping-source.interface.js';
import { MappingError } from './mapping.error.js';

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
  if (typeof path !== 'string' || path === '')
    throw new AuthzConfigError('AUTHZ_MAPPING_FILE', `fileMapping() needs the path of a JSON or YAML file, got ${shown(path)}.`);
  const file = resolve(path);
  const state: FileState = { seen: undefined };
  return { name: path, load: () => loadFile(file, path, state), watch: (changed) => watchFile(file, state, changed) };
}

interface FileState {
  /** The fingerprint of what was last read, or seen to have changed. */
  seen: string | undefined;
}

async function loadFile(file: string, name: string, state: FileState): Promise<LoadedMapping> {
  const text = await readText(file, name, state);
  // Loaded at first use: an application whose mapping is written in code starts without a parser.
  const { parseYaml } = await import('./parse-yaml.js');
  return parseYaml(text, name);
}

async function readText(file: string, name: string, state: FileState): Promise<string> {
  try {
    const stats = await stat(file);
    state.seen = fingerprint(stats);
    if (stats.size > MAX_FILE_BYTES) throw fault(name, 'the file', `is larger than ${MAX_FILE_BYTES} bytes.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof MappingError) throw error;
    throw fault(
      name,
      'the file',
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'}). Looked for it at ${file}.`,
    );
  }
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, message }]);
}

/** Watches the directory, not the file: editors and Kubernetes replace the file, and a watch on the old one would fall silent. */
function watchFile(file: string, state: FileState, changed: () => void): () => void {
  let stopped = false;
  const look = async () => {
    const seen = await stat(file).then(fingerprint, () => 'missing');
    if (stopped || seen === state.seen) return;
    state.seen = seen;
    changed();
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
