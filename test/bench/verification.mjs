// Measures verification, and compares other libraries. `npm run bench` runs all parts. Arguments select parts by the start of their names:
// `node test/bench/verification.mjs process`, `node test/bench/verification.mjs http-fastify dpop`.
import { availableParallelism } from 'node:os';
import { printTable } from './measured.mjs';
import { measureDpop } from './verification-dpop.mjs';
import { measureFollowing } from './verification-following.mjs';
import { measureHttp } from './verification-http.mjs';
import { startIssuer } from './verification-issuer.mjs';
import { measureProcess } from './verification-process.mjs';
import { tokenSizes } from './verification-tokens.mjs';

const PARTS = {
  'process-RS256': (issuer) => measureProcess(issuer, 'RS256'),
  'process-ES256': (issuer) => measureProcess(issuer, 'ES256'),
  'process-EdDSA': (issuer) => measureProcess(issuer, 'EdDSA'),
  'http-fastify': (issuer) => measureHttp(issuer, 'fastify'),
  'http-express': (issuer) => measureHttp(issuer, 'express'),
  following: (issuer) => measureFollowing(issuer, 'fastify'),
  dpop: measureDpop,
  sizes: printSizes,
};

function printSizes(issuer) {
  printTable('Bytes of a token', [['', 'bytes'], ...tokenSizes(issuer).map(([content, bytes]) => [content, String(bytes)])]);
}

const names = Object.keys(PARTS);
const prefixes = process.argv.slice(2);
const unknown = prefixes.filter((prefix) => !names.some((name) => name.startsWith(prefix)));
if (unknown.length > 0) {
  console.error(`No part starts with "${unknown.join('" or "')}". The parts are: ${names.join(', ')}.`);
  process.exit(1);
}
const chosen = names.filter((name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)));

const issuer = await startIssuer();
console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure is the median of paired rounds of one run`);
for (const part of chosen) await PARTS[part](issuer);
await issuer.stop();
