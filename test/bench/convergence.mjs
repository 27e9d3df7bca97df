// Measures how soon all services use a new mapping: 20 services, each a process with its own Nest application, and one publisher. Run by
// `npm run bench`. HTTP requests check whether a service uses the new revision; the result is the time of the last service.
import { availableParallelism } from 'node:os';
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { StubIssuer } from '../../dist/testing/index.js';
import { PUBLISHERS } from './convergence-publishers.mjs';
import { startServices } from './convergence-services.mjs';
import { median, printGoal, printTable } from './measured.mjs';

const SERVICES = 20;
const PUBLICATIONS = 10;
/** Limit that lib/mapping/README.md promises for a healthy source, polled every second, with the default timeoutMs. In milliseconds. */
const BOUND_MS = 1.1 * 1000 + 5000;

console.log(`Node ${process.version}, ${availableParallelism()} cores; ${SERVICES} services, ${PUBLICATIONS} publications each`);
const issuer = await StubIssuer.start();
const exp = Math.floor(Date.now() / 1000) + 3600;
const authorization = `Bearer ${issuer.token({ aud: 'bench', roles: ['viewer'], exp })}`;
const agent = new Agent({ keepAlive: true });
const rows = [['', 'median', 'longest']];
const results = [];

for (const { name, isPolled, start } of PUBLISHERS) {
  const publisher = await start();
  if (publisher === undefined) {
    console.log(`skipped, since its server is not installed: ${name}`);
    continue;
  }
  await publisher.publish(document(0));
  const services = await startServices(SERVICES, { issuer: issuer.url, ...publisher.source });
  const times = [];
  await everywhere(services, 0);
  for (let revision = 1; revision <= PUBLICATIONS; revision++) {
    await pause(Math.random() * 1000); // a random time between two polls
    const since = performance.now();
    await publisher.publish(document(revision));
    await everywhere(services, revision);
    times.push(performance.now() - since);
  }
  services.forEach(({ stop }) => stop());
  await publisher.stop();
  rows.push([name, median(times).toFixed(0), Math.max(...times).toFixed(0)]);
  results.push({ name, isPolled, longest: Math.max(...times) });
}
agent.destroy();
await issuer.stop();

printTable('From publication until the last service uses the mapping: milliseconds', rows);
for (const { name, isPolled, longest } of results)
  if (isPolled) printGoal(`longest in ms, ${name}`, longest, 'at most', BOUND_MS);

/** Each revision allows the other one of two routes. */
function document(revision) {
  return { revision: `r${revision}`, roles: { viewer: [`orders:${parity(revision)}`], other: ['orders:*'] } };
}

function parity(revision) {
  return revision % 2 === 0 ? 'even' : 'odd';
}

/** Resolves once every service uses the revision. Repeats the request when a service reports another mapping. */
async function everywhere(services, revision) {
  await Promise.all(
    services.map(async ({ port, changed }) => {
      for (;;) {
        const next = changed();
        if ((await statusOf(port, `/${parity(revision)}`)) === 200) return;
        await next;
      }
    }),
  );
}

function statusOf(port, path) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent, headers: { authorization } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
  });
}
