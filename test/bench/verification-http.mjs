// Measures the cost of a guard: throughput and CPU time over HTTP, relative to a route without a guard.
import { median, paired, printGoal, printTable } from './measured.mjs';
import { addedCpu, LOAD, measureServers } from './verification-fleet.mjs';

const ALG = 'RS256';
const ROUNDS = { fastify: 7, express: 5 };
/** Kinds of servers (members of `APPS` in verification-server.mjs) and their names in the table. */
const NAMES = {
  bare: 'bare route',
  yes: 'guard that returns true',
  'crypto-only': 'crypto only (nothing parsed)',
  'crypto-pool': 'crypto only, on the thread pool',
  'by-hand': 'by hand',
  'by-hand-map': 'by hand, Map of tokens seen before',
  'fast-jwt': 'fast-jwt',
  'fast-jwt-cache': 'fast-jwt with its cache, token seen before',
  'aws-jwt-verify': 'aws-jwt-verify',
  jose: 'jose, createRemoteJWKSet',
  recipe: 'passport-jwt + passportJwtSecret (recipe of the NestJS docs)',
  hit: 'nestjs-authz, token seen before',
  miss: 'nestjs-authz, no token remembered',
};

/** Measures and prints the servers on one adapter. The goals are for Fastify: on Express, added CPU varies by more than some guards cost. */
export async function measureHttp(issuer, adapter) {
  const results = await measureServers({ issuer, alg: ALG, adapter, kinds: Object.keys(NAMES), rounds: ROUNDS[adapter] });
  const againstBare = (kind, compare) => paired(results.get(kind), results.get('bare'), compare);
  const throughput = (kind) => againstBare(kind, (one, bare) => one.perSecond / bare.perSecond);
  // On a busy machine this estimates the throughput of an idle one.
  const perCpuSecond = (kind) => againstBare(kind, (one, bare) => bare.cpu / one.cpu);
  printTable(`HTTP on ${adapter}, ${ALG}, ${LOAD}, relative to the bare route`, [
    ['', 'throughput', 'requests per CPU second', 'added µs of CPU', 'requests/s'],
    ...Object.entries(NAMES).map(([kind, name]) => [
      name,
      throughput(kind).toFixed(2),
      perCpuSecond(kind).toFixed(2),
      addedCpu(results, kind, 'bare').toFixed(1),
      median(results.get(kind).map(({ perSecond }) => perSecond)).toFixed(0),
    ]),
  ]);
  if (adapter === 'fastify') printGoals(results, throughput);
}

function printGoals(results, throughput) {
  const miss = addedCpu(results, 'miss', 'bare');
  const against = (kind) => ratio(miss, addedCpu(results, kind, 'bare'));
  printGoal('added CPU with no token remembered, relative to crypto only', against('crypto-only'), 'at most', 1.5);
  printGoal('the same relative to a check by hand', against('by-hand'), 'at most', 1.5);
  printGoal('the same relative to fast-jwt', against('fast-jwt'), 'at most', 1);
  printGoal('the same relative to aws-jwt-verify', against('aws-jwt-verify'), 'at most', 1);
  printGoal('added CPU with tokens seen before, in µs', addedCpu(results, 'hit', 'bare'), 'at most', 5);
  printGoal('throughput with tokens seen before, relative to the bare route', throughput('hit'), 'at least', 0.88);
}

/** Returns `NaN`, which meets no goal, if the other contender seems to cost nothing, as can happen on a busy machine. */
function ratio(ours, theirs) {
  return theirs > 0 ? ours / theirs : Number.NaN;
}
