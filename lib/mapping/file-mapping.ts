import { watch, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
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
  return parseText(await readText(file, name, state), name);
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

function parseText(text: string, name: string): LoadedMapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0)
    throw new MappingError(
      name,
      problems.map(({ pos, message }) => ({ place: position(lines, pos[0]), message })),
    );
  return { document: toPlainValue(document, name), place: (path) => placeOf(document, lines, path) };
}

function toPlainValue(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw fault(name, 'the document', `cannot be expanded: ${(error as Error).message}.`);
  }
}

function placeOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return position(lines, start);
  }
  return undefined;
}

/** Where a member starts: at its key, if it has one, since that is what the writer looks for. */
function startOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const key = keyNode(document, path);
  const node = key ?? document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function keyNode(document: Document, path: readonly (string | number)[]): unknown {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  return parent.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === path.at(-1));
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

function fault(source: string, place: string, message: string): MappingError {
  return new MappingError(source, [{ place, message }]);
}

/** Watches the directory, not the file: editors and Kubernetes replace the file, and a watch on the old one would fall silent. */
function watchFile(file: string, state: FileState, changed: () => void): () => void {
  const look = async () => {
    const seen = await stat(file).then(fingerprint, () => 'missing');
    if (seen === state.seen) return;
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
