// Measures the cost of tracking every request with AsyncLocalStorage, which is on if something injects `Authz`.
import { printGoal, printTable } from './measured.mjs';
import { addedCpu, LOAD, measureServers } from './verification-fleet.mjs';

const ALG = 'RS256';
/** More than for other servers, since the difference is small. */
const ROUNDS = 15;
/** Microseconds. Since Node 24, AsyncLocalStorage needs no async hooks. */
const GOAL = Number.parseInt(process.versions.node) >= 24 ? 3 : 8;

/** Measures and prints a guarded route in an application that injects `Authz`, relative to the same route in one that does not. */
export async function measureFollowing(issuer, adapter) {
  const kinds = ['hit', 'followed'];
  const results = await measureServers({ issuer, alg: ALG, adapter, kinds, rounds: ROUNDS });
  const added = addedCpu(results, 'followed', 'hit');
  printTable(`HTTP on ${adapter}, ${ALG}, ${LOAD}, tokens seen before`, [
    ['', 'added µs of CPU'],
    ['requests tracked for Authz, relative to not tracked', added.toFixed(1)],
  ]);
  printGoal('added CPU of tracking, in µs', added, 'at most', GOAL);
}
