import { parentPort, workerData } from 'node:worker_threads';
import type { CompilingResult, CompilingTask } from './compile-aside.js';
import { compileLoaded } from './compiled/compile-loaded.js';
import { transferables } from './compiled/compile-mapping.js';
import { MappingError } from './document/mapping.error.js';

const task = workerData as CompilingTask;
Atomics.store(task.isLoaded, 0, 1);
void compile(task);

// A rejection ends the thread with an error.
async function compile({ content, source }: CompilingTask): Promise<void> {
  try {
    const compiled = await compileLoaded(content, source);
    send({ compiled }, transferables(compiled));
  } catch (error) {
    // An error loses its class when it is sent to another thread.
    if (error instanceof MappingError) send({ faults: error.faults, untold: error.untold });
    else throw error;
  }
}

function send(result: CompilingResult, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(result, transferred);
}
