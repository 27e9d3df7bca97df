// Measures the cost at start: CPU time until an application with 200 handlers listens, without and with AuthzModule.
// Run by `npm run bench`. Starts alternate, since the load of the machine changes; the result compares medians.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StubIssuer } from 'nestjs-authz/testing';
import { inTurn, median, printGoal } from './measured.mjs';

const ROUNDS = 15;
const GOAL = 1.08;
const APP = join(import.meta.dirname, 'start-up-app.mjs');

const run = promisify(execFile);
const issuer = await StubIssuer.start();

async function cpuMs(kind) {
  const { stdout } = await run(process.execPath, [APP, kind], { env: { ...process.env, ISSUER: issuer.url } });
  return Number(stdout);
}

function shown(name, values) {
  return `${name}  median ${median(values).toFixed(0)} ms, from ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ms`;
}

// The first start of each kind warms the file system caches.
const cpu = await inTurn(['bare', 'guarded'], ROUNDS, cpuMs);
await issuer.stop();

const [bare, guarded] = [cpu.get('bare'), cpu.get('guarded')];
console.log(
  `CPU time from process start to listening, 200 handlers, ${ROUNDS} rounds, Node ${process.version}, ${availableParallelism()} cores`,
);
console.log(shown('without AuthzModule', bare));
console.log(shown('with AuthzModule   ', guarded));
printGoal(
  'CPU until an application listens, with AuthzModule relative to without',
  median(guarded) / median(bare),
  'at most',
  GOAL,
);
