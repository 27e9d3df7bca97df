import { parentPort, workerData } from 'node:worker_threads';
import type { CompilingMessage, CompilingTask } from './compile-aside.js';
import { compileLoaded } from './compiled/compile-loaded.js';
import { transferables } from './compiled/compile-mapping.js';
import { MappingError } from './document/mapping.error.js';

send('loaded');
void compile(workerData as CompilingTask);

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

function send(message: CompilingMessage, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
