// Starts servers, each in its own process, and loads them in turn: throughput and CPU time over HTTP.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inTurn, paired } from './measured.mjs';
import { tokens } from './verification-tokens.mjs';

const MILLISECONDS = 800;
const CONNECTIONS = 32;
const TOKENS = 1000;

/** The load, for headings. */
export const LOAD = `${TOKENS} tokens, ${CONNECTIONS} connections`;

/** Returns for each kind of server the results of each round: requests per second, CPU microseconds per request. */
export async function measureServers({ issuer, alg, adapter, kinds, rounds }) {
  const generator = start('verification-load.mjs', []);
  await ask(generator, { tokens: tokens(issuer, alg, TOKENS) });
  const env = { ...process.env, ISSUER: issuer.url, JWKS_URI: issuer.jwksUri };
  const servers = [];
  for (const kind of kinds) servers.push(await startServer([adapter, kind, alg], env));
  const results = await inTurn(servers, rounds, (server) => loaded(server, generator));
  for (const child of [generator, ...servers.map(({ child }) => child)]) {
    child.disconnect();
    await once(child, 'exit');
  }
  return new Map(servers.map((server, index) => [kinds[index], results.get(server)]));
}

/** Returns the additional CPU time of a request to one kind of server, compared with another kind, in microseconds. */
export function addedCpu(results, kind, other) {
  return paired(results.get(kind), results.get(other), (one, two) => one.cpu - two.cpu);
}

async function startServer(argv, env) {
  const child = start('verification-server.mjs', argv, env);
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

function start(file, argv, env = process.env) {
  const child = fork(join(import.meta.dirname, file), argv, { env });
  child.once('exit', (code) => {
    if (code !== 0) throw new Error(`${[file, ...argv].join(' ')} exited with code ${code}`); // otherwise the parent would wait for ever
  });
  return child;
}

async function ask(child, message) {
  const reply = once(child, 'message');
  child.send(message);
  return (await reply)[0];
}

async function loaded({ child, port }, generator) {
  await ask(generator, { port, connections: CONNECTIONS }); // each token once, to fill caches
  const before = await ask(child, 'cpu');
  const { answered, seconds } = await ask(generator, { port, connections: CONNECTIONS, milliseconds: MILLISECONDS });
  const after = await ask(child, 'cpu');
  const used = after.user + after.system - before.user - before.system;
  return { perSecond: answered / seconds, cpu: used / answered };
}
