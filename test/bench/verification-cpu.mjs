// Measures the CPU time of calls without a server.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inTurn } from './measured.mjs';

const WARM_UPS = 5;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Returns for each contender (`{ prepare, run, close? }`) the microseconds of one call in each round. */
export async function cpuOf(contenders, inputs, rounds) {
  const results = await inTurn(contenders, rounds, (contender) => cpuPerCall(contender, inputs), WARM_UPS);
  for (const { close } of contenders) await close?.();
  return results;
}

/**
 * Returns the CPU time of all threads for one call, in microseconds. Only the contender's own garbage counts: the inputs, which a
 * server would have anyway, are in the old generation before the measurement starts, and the measurement includes a final collection.
 */
async function cpuPerCall({ prepare, run }, inputs) {
  const prepared = inputs.map((input) => prepare(input));
  collectYoung();
  collectYoung(); // objects that survive twice move to the old generation
  const before = process.cpuUsage();
  for (const input of prepared) {
    const result = run(input);
    if (!(result instanceof Promise ? await result : result)) throw new Error('a token of the bench was refused');
  }
  collectYoung();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / prepared.length;
}

function collectYoung() {
  collectGarbage({ type: 'minor' });
}
