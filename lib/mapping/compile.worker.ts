import { parentPort, workerData } from 'node:worker_threads';
import { compileLoaded } from './compile-loaded.js';
import type { CompilingAnswer, CompilingTask } from './compile-aside.js';
import { transferables } from './compile-mapping.js';
import { MappingError } from './mapping.error.js';

const { content, source } = workerData as CompilingTask;
try {
  const compiled = await compileLoaded(content, source);
  answer({ compiled }, transferables(compiled));
} catch (error) {
  // An error loses its class on the way.
  if (error instanceof MappingError) answer({ faults: error.faults, untold: error.untold });
  else throw error;
}

function answer(message: CompilingAnswer, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
