// The cost of following every request with AsyncLocalStorage, which starts once something injects `Authz`.
import { printGoal, printTable } from './measured.mjs';
import { addedCpu, LOAD, measureServers } from './verification-fleet.mjs';

const ALG = 'RS256';
/** More than for other servers, since the difference is small. */
const ROUNDS = 15;
/** Microseconds. Since Node 24, AsyncLocalStorage needs no async hooks. */
const GOAL = Number.parseInt(process.versions.node) >= 24 ? 3 : 8;

/** Measures and prints a guarded route in an application that injects `Authz`, against the same in one that does not. */
export async function measureFollowing(issuer, adapter) {
  const kinds = ['hit', 'followed'];
  const results = await measureServers({ issuer, alg: ALG, adapter, kinds, rounds: ROUNDS });
  const added = addedCpu(results, 'followed', 'hit');
  printTable(`HTTP on ${adapter}, ${ALG}, ${LOAD}, tokens seen before`, [
    ['', 'added µs of CPU'],
    ['requests followed for Authz, against not followed', added.toFixed(1)],
  ]);
  printGoal('added CPU of following, in µs', added, 'at most', GOAL);
}
