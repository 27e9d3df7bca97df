// Services that share a Redis: measures how soon all of them refuse a token that one of them revoked.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StubIssuer } from '../../dist/testing/index.js';
import { median } from './measured.mjs';

/** Pause between two requests with the same token to the same service, in milliseconds. */
const BETWEEN_MS = 15;
/** Number of services that start at the same time. */
const STARTING = 2;

/** Starts the services. Returns `undefined` if redis-server is not installed. */
export async function startFleet(count) {
  const redis = await startRedis();
  if (redis === undefined) return undefined;
  const issuer = await StubIssuer.start();
  const services = [];
  let left = count;
  const startNext = async () => {
    while (left-- > 0) services.push(await startService({ issuer: issuer.url, redis: redis.url }));
  };
  await Promise.all(Array.from({ length: STARTING }, startNext));
  return {
    services,
    tokenOf: (subject) => issuer.token({ aud: 'bench', sub: subject }),
    stop: async () => {
      for (const { stop } of services) stop();
      redis.stop();
      await issuer.stop();
    },
  };
}

/** For each revocation: sends requests with the token to every service all the time, while one service revokes it. */
export async function measureSpread({ services, tokenOf }, revocations) {
  const agent = new Agent({ keepAlive: true });
  const times = [];
  let requests = 0;
  const begin = performance.now();
  for (let index = -10; index < revocations; index++) {
    const subject = `subject-${index}`;
    const token = tokenOf(subject);
    const lastAccepted = services.map(async ({ port }) => {
      let last = 0;
      for (;;) {
        const status = await statusOf(port, token, agent);
        requests++;
        if (status === 401) return last;
        if (status !== 200) throw new Error(`a service returned ${status}`);
        last = Date.now();
        await pause(BETWEEN_MS * (0.5 + Math.random()));
      }
    });
    await pause(50 + Math.random() * 50);
    const { revokedAt } = await services[(index + 10) % services.length].ask({ revoke: subject });
    const last = Math.max(...(await Promise.all(lastAccepted)));
    if (index >= 0) times.push(Math.max(0, last - revokedAt)); // the first ones are warm-ups
  }
  const perSecond = requests / services.length / ((performance.now() - begin) / 1000);
  agent.destroy();
  return { median: median(times), p99: percentile(times, 0.99), longest: Math.max(...times), perSecond };
}

/** Revokes many tokens a second at the first service; every other service reports when it received each rule. */
export async function measureFlood({ services }, { perSecond, seconds }) {
  const [maker, ...others] = services;
  for (const { ask } of others) await ask({ watch: true });
  const made = await maker.ask({ flood: { perSecond, seconds } });
  await pause(3000);
  const received = await Promise.all(others.map(({ ask }) => ask({ received: true })));
  const times = made.at.map((at, index) => Math.max(...received.map(({ at: times }) => times[index] ?? Infinity)) - at);
  return {
    perSecond: made.at.length / ((made.at.at(-1) - made.at[0]) / 1000),
    median: median(times),
    p99: percentile(times, 0.99),
    lacking: received.filter(({ at }) => at.filter((time) => time !== null).length < made.at.length).length,
    cpu: median(received.map(({ cpu }) => cpu)),
  };
}

function percentile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
}

function statusOf(port, token, agent) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/', agent, headers: { authorization: `Bearer ${token}` } };
    get(options, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject);
  });
}

async function startService(given) {
  const child = fork(join(import.meta.dirname, 'revocation-service.mjs'));
  child.send(given);
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (message?.port === undefined) throw new Error(`a service of the bench exited with ${message}`);
  return {
    port: message.port,
    ask: async (question) => {
      child.send(question);
      const [answer] = await once(child, 'message');
      return answer;
    },
    stop: () => child.kill(),
  };
}

async function startRedis() {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const isStarted = await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.stdout?.on('data', (text) => String(text).includes('Ready to accept connections') && resolve(true));
  });
  if (!isStarted) return undefined;
  process.once('exit', () => child.kill());
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill() };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
