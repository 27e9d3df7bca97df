// Measures how long the event loop is blocked while a large mapping is replaced.
import { clearInterval, setInterval } from 'node:timers';
import { MappingStore } from '../../dist/mapping/index.js';
import { mappingDocument, roleName } from './mapping-documents.mjs';
import { median } from './measured.mjs';

const ROUNDS = 7;

/** Returns the longest block of the event loop, and the time from the change until the new mapping is in use, in milliseconds. */
export async function measureSwap(roles, documentOf = mappingDocument) {
  const texts = ['first:read', 'second:read'].map((permission) => {
    const document = documentOf(roles);
    document.roles[roleName(1)].permissions.push(permission); // each document differs from the other
    return JSON.stringify(document);
  });
  let round = 0;
  const store = new MappingStore({ name: 'bench', load: () => ({ content: { text: texts[round % 2] } }) });
  await store.start();
  const results = [];
  for (round = 1; round <= ROUNDS; round++) results.push(await swap(store));
  return { longestMs: median(results.map(({ longest }) => longest)), totalMs: median(results.map(({ total }) => total)) };
}

async function swap(store) {
  let longest = 0;
  let last = performance.now();
  const start = last;
  const watch = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(watch, 1);
  const isUpToDate = await store.reload();
  watch();
  clearInterval(timer);
  if (!isUpToDate) throw new Error('the mapping of the bench was rejected');
  return { longest, total: performance.now() - start };
}
