// What verification costs: CPU of one check, then throughput and CPU of a server over HTTP. Run by `npm run bench`.
import { availableParallelism } from 'node:os';
import { StubIssuer } from '../../dist/testing/index.js';
import { median, paired, printGoal, printTable } from './measured.mjs';
import { measureGuard } from './verification-guard.mjs';
import { measureHttp } from './verification-http.mjs';
import { tokenSizes } from './verification-tokens.mjs';

const NAMES = {
  bare: 'bare route',
  yes: 'guard that returns true',
  hit: 'nestjs-authz, token seen before',
  miss: 'nestjs-authz, no token remembered',
  recipe: 'passport-jwt + passportJwtSecret',
  jose: 'guard with jose jwtVerify',
};

const issuer = await StubIssuer.start();
console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure a median of paired rounds of one run`);

for (const alg of ['RS256', 'ES256']) {
  const { bytes, rawMicroseconds, ratios } = await measureGuard(issuer, alg);
  const heading = `CPU of one check, ${alg}, token of ${bytes} bytes; raw crypto.verify takes ${rawMicroseconds.toFixed(1)} µs`;
  printTable(
    heading,
    [...ratios].map(([name, ratio]) => [name, ratio.toFixed(2)]),
  );
  if (alg === 'RS256')
    printGoal('a check against raw crypto.verify', ratios.get('our guard, token not seen before'), 'at most', 2.6);
}

for (const adapter of ['fastify', 'express']) {
  const rounds = await measureHttp(issuer, 'RS256', adapter);
  const bare = rounds.get('bare');
  const throughput = (kind) => paired(rounds.get(kind), bare, (ours, theirs) => ours.perSecond / theirs.perSecond);
  const added = (kind) => paired(rounds.get(kind), bare, (ours, theirs) => ours.cpu - theirs.cpu);
  printTable(
    `HTTP on ${adapter}, RS256, 1000 tokens, 32 connections: throughput against the bare route, added CPU in µs per request`,
    [
      ['', 'throughput', 'added CPU', 'requests/s'],
      ...[...rounds].map(([kind, results]) => [
        NAMES[kind],
        throughput(kind).toFixed(2),
        added(kind).toFixed(0),
        median(results.map(({ perSecond }) => perSecond)).toFixed(0),
      ]),
    ],
  );
  if (adapter === 'fastify') {
    printGoal('throughput with tokens seen before, against the bare route', throughput('hit'), 'at least', 0.85);
    printGoal("the recipe's added CPU against ours", added('recipe') / added('hit'), 'at least', 20);
  }
}

printTable(
  'Bytes of a token',
  tokenSizes(issuer).map(([content, bytes]) => [content, String(bytes)]),
);

await issuer.stop();
