import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isRecord, OWN_FOLDER } from '../core/index.js';
import { compileLoaded } from './compiled/compile-loaded.js';
import type { CompiledMapping } from './compiled/compile-mapping.js';
import type { LoadedMapping } from './mapping-source.interface.js';
import { MappingError, type MappingFault } from './document/mapping.error.js';

/** What the worker is to compile. */
export interface CompilingTask {
  readonly content: LoadedMapping['content'];
  readonly source: string;
}

/** What the worker sends once its code is loaded, and then its result; any other fault ends it with an error. */
export type CompilingMessage = 'loaded' | CompilingAnswer;
type CompilingAnswer =
  { readonly compiled: CompiledMapping } | { readonly faults: readonly MappingFault[]; readonly untold: number };

/** A text of this length, or a document of this many values, takes a few milliseconds: no longer than a request may wait. */
const MAX_TEXT_HERE = 8 * 1024;
const MAX_VALUES_HERE = 5000;
/** How long a document may take as a whole, in milliseconds. */
const DEADLINE_MS = 60_000;

/** Memory that the thread may take, in megabytes, and for each megabyte of text. */
const MEMORY_MB = 512;
const MEMORY_PER_MB = 16;
const TOO_LARGE =
  'it takes more memory than a document of its size may. Large documents are better written in JSON than in YAML.';

/**
 * Found by a path that no bundler reads: it would emit the file without what it imports. `undefined` in a bundle, where documents are compiled
 * in the thread that serves requests.
 */
const WORKER = OWN_FOLDER && join(OWN_FOLDER, '../mapping/compile.worker.js');

/**
 * Compiles a document; a large one in a thread of its own, so that requests go on meanwhile. Where that thread cannot be had, here.
 * @throws MappingError with every fault.
 */
export async function compileAside(
  content: LoadedMapping['content'],
  source: string,
  worker: string | undefined = WORKER,
): Promise<CompiledMapping> {
  const answer = worker === undefined || isSmall(content) ? undefined : await compileInWorker(worker, { content, source });
  if (answer === undefined) return compileLoaded(content, source);
  if ('compiled' in answer) return answer.compiled;
  throw new MappingError(source, answer.faults, answer.untold);
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

/** `undefined` where the thread cannot be had. */
async function compileInWorker(path: string, task: CompilingTask): Promise<CompilingAnswer | undefined> {
  const worker = startWorker(path, task);
  if (worker === undefined) return undefined;
  const deadline = setTimeout(() => void worker.terminate(), DEADLINE_MS);
  try {
    return await answerOf(worker);
  } finally {
    clearTimeout(deadline);
    void worker.terminate();
  }
}

/**
 * `undefined` where there is no such file, where the process may start no thread (Node's permissions), and where what came cannot be sent to
 * one: it is no document, and its faults are found here.
 */
function startWorker(path: string, task: CompilingTask): Worker | undefined {
  if (!existsSync(path)) return undefined;
  try {
    // The flags of the process would load the application's instrumentation once more.
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

/** A document that takes more (YAML of several megabytes does) ends its thread and not the process. */
function maxMegabytes({ content }: CompilingTask): number {
  const megabytes = 'text' in content ? content.text.length / 1e6 : 0;
  return Math.ceil(MEMORY_MB + megabytes * MEMORY_PER_MB);
}

/** `undefined` where the thread ended before its code was loaded: the fault is not the document's. */
function answerOf(worker: Worker): Promise<CompilingAnswer | undefined> {
  return new Promise((resolve, reject) => {
    let isLoaded = false;
    worker.on('message', (message: CompilingMessage) => {
      if (message === 'loaded') isLoaded = true;
      else resolve(message);
    });
    worker.once('error', (error) => {
      if (isOutOfMemory(error)) reject(new Error(TOO_LARGE));
      else if (isLoaded) reject(error);
      else resolve(undefined);
    });
    worker.once('exit', () => {
      if (isLoaded) reject(new Error('it could not be compiled: the thread that did so was ended'));
      else resolve(undefined);
    });
  });
}

function isOutOfMemory(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ERR_WORKER_OUT_OF_MEMORY';
}
