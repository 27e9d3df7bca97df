// Starts and stops the services of the bench.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Number of services that start at the same time. */
const STARTING = 2;

/** Starts services with the same configuration. */
export async function startServices(count, given) {
  const services = [];
  let left = count;
  const startNext = async () => {
    while (left-- > 0) services.push(await startService(given));
  };
  await Promise.all(Array.from({ length: STARTING }, startNext));
  return services;
}

async function startService(given) {
  const child = fork(join(import.meta.dirname, 'convergence-service.mjs'));
  child.send(given);
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (message?.port === undefined) throw new Error(`a service of the bench exited with ${message}`);
  let change = deferred();
  child.on('message', () => {
    change.resolve();
    change = deferred();
  });
  return {
    port: message.port,
    /** Resolves when the service has the next mapping. */
    changed: () => change.promise,
    stop: () => child.kill(),
  };
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}
