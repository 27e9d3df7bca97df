// CPU time of calls without a server around them.
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
 * Returns the microseconds of all threads for one call. Each contender pays for its own garbage and for no other's: the inputs, which a
 * server would have anyway, are old before the clock starts, and the clock stops after one more collection.
 */
async function cpuPerCall({ prepare, run }, inputs) {
  const prepared = inputs.map((input) => prepare(input));
  collectYoung();
  collectYoung(); // what survives twice is old
  const before = process.cpuUsage();
  for (const input of prepared) {
    const answer = run(input);
    if (!(answer instanceof Promise ? await answer : answer)) throw new Error('a token of the bench was refused');
  }
  collectYoung();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / prepared.length;
}

function collectYoung() {
  collectGarbage({ type: 'minor' });
}
