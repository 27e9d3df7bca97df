import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isRecord, OWN_FOLDER } from '../core/index.js';
import { compileLoaded } from './compiled/compile-loaded.js';
import type { CompiledMapping } from './compiled/compile-mapping.js';
import type { LoadedMapping } from './mapping-source.interface.js';
import { MappingError, type MappingFault } from './document/mapping.error.js';

/** A document for the worker to compile. */
export interface CompilingTask {
  readonly content: LoadedMapping['content'];
  readonly source: string;
  /**
   * The worker sets the first element to 1 once its code is loaded. Shared memory instead of a message: a message can arrive after the error
   * that ended the worker.
   */
  readonly isLoaded: Int32Array<SharedArrayBuffer>;
}

/** The message of the worker. Any other fault ends the worker with an error. */
export type CompilingResult =
  { readonly compiled: CompiledMapping } | { readonly faults: readonly MappingFault[]; readonly untold: number };

/** Compiling a string of this length, or a document of this number of values, takes a few milliseconds: a request may wait that long. */
const MAX_TEXT_HERE = 8 * 1024;
const MAX_VALUES_HERE = 5000;
/** Longest time to compile a document, in milliseconds. */
const DEADLINE_MS = 60_000;

/** Memory limit of the thread, in megabytes, and additional megabytes for each megabyte of text. */
const MEMORY_MB = 512;
const MEMORY_PER_MB = 16;
const TOO_LARGE =
  'compiling the document takes more memory than a document of its size may use. Write large documents in JSON instead of YAML.';

/**
 * Path of the worker, built so that no bundler detects it: a bundler would emit the file without its imports. `undefined` in a bundle: documents
 * are then compiled in the main thread.
 */
const WORKER = OWN_FOLDER && join(OWN_FOLDER, '../mapping/compile.worker.js');

/**
 * Compiles a document. A large document is compiled in a worker thread, so that requests do not wait, or in the main thread if no worker can start.
 * @throws MappingError with every fault.
 */
export async function compileAside(
  content: LoadedMapping['content'],
  source: string,
  worker: string | undefined = WORKER,
): Promise<CompiledMapping> {
  const result = worker === undefined || isSmall(content) ? undefined : await compileInWorker(worker, content, source);
  if (result === undefined) return compileLoaded(content, source);
  if ('compiled' in result) return result.compiled;
  throw new MappingError(source, result.faults, result.untold);
}

function isSmall(content: LoadedMapping['content']): boolean {
  if ('text' in content) return content.text.length <= MAX_TEXT_HERE;
  const pending = [content.document];
  for (const value of pending) {
    if (pending.length > MAX_VALUES_HERE) return false;
    if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) pending.push(member);
  }
  return true;
}

/** Returns `undefined` if no worker can start. */
async function compileInWorker(
  path: string,
  content: LoadedMapping['content'],
  source: string,
): Promise<CompilingResult | undefined> {
  const task = { content, source, isLoaded: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) };
  const worker = startWorker(path, task);
  if (worker === undefined) return undefined;
  const deadline = setTimeout(() => void worker.terminate(), DEADLINE_MS);
  try {
    return await resultOf(worker, task);
  } finally {
    clearTimeout(deadline);
    void worker.terminate();
  }
}

/**
 * Returns `undefined` if the file does not exist, if the process may not start threads (Node's permission model), or if the value cannot be cloned:
 * it is then not a document, and the main thread reports its faults.
 */
function startWorker(path: string, task: CompilingTask): Worker | undefined {
  if (!existsSync(path)) return undefined;
  try {
    // The process's flags would load the application's instrumentation again.
    return new Worker(path, {
      workerData: task,
      name: 'nestjs-authz mapping',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxMegabytes(task) },
    });
  } catch {
    return undefined;
  }
}

/** Returns the memory limit. A document that exceeds it (YAML of several megabytes does) ends its thread, not the process. */
function maxMegabytes({ content }: CompilingTask): number {
  const megabytes = 'text' in content ? content.text.length / 1e6 : 0;
  return Math.ceil(MEMORY_MB + megabytes * MEMORY_PER_MB);
}

/** Returns `undefined` if the thread ended before its code was loaded: the fault is then not in the document. */
function resultOf(worker: Worker, task: CompilingTask): Promise<CompilingResult | undefined> {
  const isLoaded = () => Atomics.load(task.isLoaded, 0) === 1;
  return new Promise((resolve, reject) => {
    worker.once('message', (result: CompilingResult) => resolve(result));
    worker.once('error', (error) => {
      if (isOutOfMemory(error)) reject(new Error(TOO_LARGE));
      else if (isLoaded()) reject(error);
      else resolve(undefined);
    });
    worker.once('exit', () => {
      if (isLoaded()) reject(new Error('the document was not compiled: its thread was terminated'));
      else resolve(undefined);
    });
  });
}

function isOutOfMemory(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ERR_WORKER_OUT_OF_MEMORY';
}
