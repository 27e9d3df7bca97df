// What the library costs at start: CPU time until an application with 200 handlers listens, without and with AuthzModule.
// Run by `npm run bench`. Starts alternate, since what else the machine does drifts; medians are compared.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StubIssuer } from 'nestjs-authz/testing';

const ROUNDS = 15;
const GOAL = 1.08;
const APP = join(import.meta.dirname, 'start-up-app.mjs');

const run = promisify(execFile);
const issuer = await StubIssuer.start();

async function cpuMs(kind) {
  const { stdout } = await run(process.execPath, [APP, kind], { env: { ...process.env, ISSUER: issuer.url } });
  return Number(stdout);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function shown(name, values) {
  return `${name}  median ${median(values).toFixed(0)} ms, from ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ms`;
}

const bare = [];
const guarded = [];
for (let round = 0; round <= ROUNDS; round++) {
  const pair = [await cpuMs('bare'), await cpuMs('guarded')];
  if (round === 0) continue; // warms the caches of the file system
  bare.push(pair[0]);
  guarded.push(pair[1]);
}
await issuer.stop();

const ratio = median(guarded) / median(bare);
console.log(
  `CPU time from process start to listening, 200 handlers, ${ROUNDS} rounds, Node ${process.version}, ${availableParallelism()} cores`,
);
console.log(shown('without AuthzModule', bare));
console.log(shown('with AuthzModule   ', guarded));
console.log(`ratio ${ratio.toFixed(3)}: the goal of less than ${GOAL.toFixed(2)} is ${ratio < GOAL ? 'met' : 'missed'}`);
