import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isRecord } from '../core/index.js';
import { compileLoaded } from './compile-loaded.js';
import type { CompiledMapping } from './compile-mapping.js';
import type { LoadedMapping } from './mapping-source.interface.js';
import { MappingError, type MappingFault } from './mapping.error.js';

/** What the worker is to compile. */
export interface CompilingTask {
  readonly content: LoadedMapping['content'];
  readonly source: string;
}

/** What the worker answers; any other fault ends it with an error. */
export type CompilingAnswer =
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

const WORKER = new URL('./compile.worker.js', import.meta.url);

/**
 * Compiles a document; a large one in a thread of its own, so that requests go on meanwhile.
 * @throws MappingError with every fault.
 */
export function compileAside(content: LoadedMapping['content'], source: string): Promise<CompiledMapping> {
  // Not beside this file where an application was bundled into one: then requests wait.
  if (isSmall(content) || !existsSync(fileURLToPath(WORKER))) return compileLoaded(content, source);
  return compileInWorker({ content, source });
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

async function compileInWorker(task: CompilingTask): Promise<CompiledMapping> {
  const worker = startWorker(task);
  if (worker === undefined) return compileLoaded(task.content, task.source);
  const deadline = setTimeout(() => void worker.terminate(), DEADLINE_MS);
  try {
    const answer = await answerOf(worker);
    if ('compiled' in answer) return answer.compiled;
    throw new MappingError(task.source, answer.faults, answer.untold);
  } finally {
    clearTimeout(deadline);
    void worker.terminate();
  }
}

/** `undefined` where what came cannot be sent to a thread: it is no document, and its faults are found here. */
function startWorker(task: CompilingTask): Worker | undefined {
  try {
    // The flags of the process would load the application's instrumentation once more.
    return new Worker(WORKER, {
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

function answerOf(worker: Worker): Promise<CompilingAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) => reject(isOutOfMemory(error) ? new Error(TOO_LARGE) : error));
    worker.once('exit', () => reject(new Error('it could not be compiled: the thread that did so was ended')));
  });
}

function isOutOfMemory(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ERR_WORKER_OUT_OF_MEMORY';
}
