// What a guard costs a server: throughput and CPU time over HTTP, each server in a process of its own and loaded in turn.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inTurn } from './measured.mjs';
import { tokens } from './verification-tokens.mjs';

const ROUNDS = 7;
const MILLISECONDS = 800;
const CONNECTIONS = 32;
const TOKENS = 1000;
const KINDS = ['bare', 'yes', 'hit', 'miss', 'recipe', 'jose'];

/** For each kind of server, what each round found: requests per second, CPU microseconds per request, share of a core used. */
export async function measureHttp(issuer, alg, adapter) {
  const generator = start('verification-load.mjs', []);
  await ask(generator, { tokens: tokens(issuer, alg, TOKENS) });
  const env = { ...process.env, ISSUER: issuer.url, JWKS_URI: issuer.jwksUri };
  const servers = [];
  for (const kind of KINDS) servers.push(await startServer([adapter, kind, alg], env));
  const results = await inTurn(servers, ROUNDS, (server) => loaded(server, generator));
  for (const child of [generator, ...servers.map(({ child }) => child)]) {
    child.disconnect();
    await once(child, 'exit');
  }
  return new Map(servers.map((server, index) => [KINDS[index], results.get(server)]));
}

async function startServer(argv, env) {
  const child = start('verification-server.mjs', argv, env);
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

function start(file, argv, env = process.env) {
  return fork(join(import.meta.dirname, file), argv, { env });
}

async function ask(child, message) {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0];
}

async function loaded({ child, port }, generator) {
  await ask(generator, { port, connections: CONNECTIONS }); // each token once, so that what can be remembered is
  const before = await ask(child, 'cpu');
  const { answered, seconds, busy } = await ask(generator, { port, connections: CONNECTIONS, milliseconds: MILLISECONDS });
  const after = await ask(child, 'cpu');
  const used = after.user + after.system - before.user - before.system;
  return { perSecond: answered / seconds, cpu: used / answered, serverBusy: used / 1e6 / seconds, generatorBusy: busy };
}
