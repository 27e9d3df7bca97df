// Stores token ids in its own process: `node --expose-gc revocation-holder.mjs CONTENDER COUNT`.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { RevocationList } from '../../dist/revocation/index.js';

const [name, given] = process.argv.slice(2);
const count = Number(given);
const issuer = 'https://id.acme.test';
const expiresAt = Math.floor(Date.now() / 1000) + 3600;
const LOOK_UPS = 20_000;

const CONTENDERS = {
  'nestjs-authz': () => {
    const list = new RevocationList({ maxEntries: 10_000_000, maxTokenLifetimeSeconds: 3600, clockToleranceSeconds: 30 });
    const now = Date.now() / 1000;
    return {
      add: (value) => list.apply({ act: 'revoke', kind: 'token', issuer, value, expiresAt, madeAt: Date.now() }, now),
      // Like the guard: checks all names in the token.
      has: (token) => list.covers({ issuer, token, session: 's', subject: 'carl', client: 'web', tenant: 'acme', issuedAt: now }),
    };
  },
  'a Set': () => {
    const set = new Set();
    return { add: (value) => set.add(value), has: (value) => set.has(value) };
  },
  'a Map with the expiry': () => {
    const map = new Map();
    return { add: (value) => map.set(value, expiresAt), has: (value) => (map.get(value) ?? 0) > 0 };
  },
};

// One run before the measurement, so that the code is warm and its size does not count.
fill(CONTENDERS[name](), 20_000);
const before = await heap();
const holder = CONTENDERS[name]();
fill(holder, count);
const bytes = ((await heap()) - before) / count;

const times = [];
for (let round = 0; round < 15; round++) {
  // New strings, as in a request: a string that was looked up before carries its hash.
  const ids = Array.from({ length: LOOK_UPS }, (_, index) => idOf(Math.floor(Math.random() * count) + (index % 2) * count));
  let found = 0;
  const since = process.hrtime.bigint();
  for (const id of ids) if (holder.has(id)) found++;
  const nanoseconds = Number(process.hrtime.bigint() - since) / LOOK_UPS;
  if (found !== LOOK_UPS / 2) throw new Error(`${name} found ${found} of ${LOOK_UPS / 2}`);
  if (round >= 5) times.push(nanoseconds);
}
process.send({ bytes, nanoseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] });
process.disconnect();

function fill({ add }, most) {
  for (let index = 0; index < most; index++) add(idOf(index));
}

/** Returns an id of 128 bits in 22 characters, as many issuers create them. */
function idOf(index) {
  return createHash('md5').update(String(index)).digest('base64url');
}

async function heap() {
  // In a later turn of the event loop, since the last awaited value is referenced until then.
  await setTimeout(10);
  globalThis.gc();
  await setTimeout(10);
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
