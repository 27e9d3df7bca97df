// Holds token ids in a process of its own: `node --expose-gc revocation-holder.mjs CONTENDER COUNT`.
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
      // As the guard asks: by all that is known of the token.
      has: (token) => list.covers({ issuer, token, session: 's', subject: 'carl', client: 'web', tenant: 'acme', issuedAt: now }),
    };
  },
  'a Set': () => {
    const set = new Set();
    return { add: (value) => set.add(value), has: (value) => set.has(value) };
  },
  'a Map with the end': () => {
    const map = new Map();
    return { add: (value) => map.set(value, expiresAt), has: (value) => (map.get(value) ?? 0) > 0 };
  },
};

// Once beforehand, so that the code is warm and its own size does not count.
fill(CONTENDERS[name](), 20_000);
const before = await heap();
const holder = CONTENDERS[name]();
fill(holder, count);
const bytes = ((await heap()) - before) / count;

const times = [];
for (let round = 0; round < 15; round++) {
  // Fresh texts, as a request brings them: what a text has been asked for before is remembered with it.
  const asked = Array.from({ length: LOOK_UPS }, (_, index) => idOf(Math.floor(Math.random() * count) + (index % 2) * count));
  let found = 0;
  const since = process.hrtime.bigint();
  for (const id of asked) if (holder.has(id)) found++;
  const nanoseconds = Number(process.hrtime.bigint() - since) / LOOK_UPS;
  if (found !== LOOK_UPS / 2) throw new Error(`${name} found ${found} of ${LOOK_UPS / 2}`);
  if (round >= 5) times.push(nanoseconds);
}
process.send({ bytes, nanoseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] });
process.disconnect();

function fill({ add }, most) {
  for (let index = 0; index < most; index++) add(idOf(index));
}

/** 128 bits in 22 characters, as many issuers make them. */
function idOf(index) {
  return createHash('md5').update(String(index)).digest('base64url');
}

async function heap() {
  // In a later turn: what was awaited last is held until then.
  await setTimeout(10);
  globalThis.gc();
  await setTimeout(10);
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
