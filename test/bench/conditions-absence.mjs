// Measures what conditions cost a mapping and a check without them.
import { createRequire } from 'node:module';
import { decide, principalFromClaims } from '../../dist/core/index.js';
import { compileMapping, MappingSnapshot } from '../../dist/mapping/index.js';
import { parsedMapping } from './conditions-mapping.mjs';
import { mappingDocument, PERMISSIONS } from './mapping-documents.mjs';
import { inTurn, median } from './measured.mjs';

const CALLS = 500_000;
const ROUNDS = 9;
const principal = principalFromClaims(
  { iss: 'https://id.acme.com', exp: 9e9 },
  { subject: 'alice', roles: ['role-1', 'role-2', 'role-3', 'role-4', 'role-5'], maxRoles: 9 },
);

/** Returns a check of three permissions that the caller holds unconditionally. */
async function check(document) {
  const snapshot = new MappingSnapshot(compileMapping(await parsedMapping(document)));
  const held = snapshot.permissionsFor(principal.roles);
  const names = PERMISSIONS.filter((name) => held.covers(name)).slice(0, 3);
  const requirement = { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names }] };
  return () => decide(requirement, principal, snapshot.permissionsFor(principal.roles), { nowSeconds: 0 }).allowed;
}

function nanoseconds(run) {
  const start = performance.now();
  let allowed = 0;
  for (let call = 0; call < CALLS; call++) allowed += Number(run());
  const time = ((performance.now() - start) * 1e6) / CALLS;
  if (allowed !== CALLS) throw new Error('a check of the bench was refused');
  return time;
}

/** Returns the nanoseconds of a check without conditions, in a mapping without them and in one that has them for other permissions. */
export async function measureChecksWithout() {
  const plain = mappingDocument(500);
  const mixed = mappingDocument(500);
  for (const role of Object.values(mixed.roles))
    role.permissions.push({ permission: 'orders:update', when: 'resource.ownerId == principal.subject' });
  const [one, other] = [await check(plain), await check(mixed)];
  const results = await inTurn([one, other], ROUNDS, nanoseconds);
  return { plain: median(results.get(one)), mixed: median(results.get(other)) };
}

/** Returns whether a mapping without conditions, and one with them, load the parser. */
export async function parserIsLoaded() {
  const { cache } = createRequire(import.meta.url);
  const { MappingStore } = createRequire(import.meta.url)('../../dist/cjs/mapping/index.js');
  const loads = async (entry) => {
    await new MappingStore({ name: 'bench', load: () => ({ content: { document: { roles: { clerk: [entry] } } } }) }).start();
    return Object.keys(cache).some((file) => file.includes('cel-js'));
  };
  return { plain: await loads('orders:read'), conditional: await loads({ permission: 'orders:read', when: 'has(resource.id)' }) };
}
