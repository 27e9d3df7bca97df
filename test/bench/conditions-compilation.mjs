// Measures the compilation of grants under conditions, from the document to the mapping in use.
import { compileMapping, MappingSnapshot } from '../../dist/mapping/index.js';
import { parsedMapping } from './conditions-mapping.mjs';
import { inTurn, median } from './measured.mjs';

const ROUNDS = 5;
const PER_ROLE = 10;

/** A document in which each grant has a condition of its own, or none. */
export function documentOf(grants, isConditional) {
  const grant = (number) => {
    const permission = `orders:action-${number % 1000}`;
    const when = `resource.ownerId == principal.subject && resource.amount < ${number} && resource.status in ["open", "held"]`;
    return isConditional ? { permission, when } : permission;
  };
  const roles = Array.from({ length: grants / PER_ROLE }, (_, role) => [
    `role-${role}`,
    { permissions: Array.from({ length: PER_ROLE }, (_, index) => grant(role * PER_ROLE + index)) },
  ]);
  return { roles: Object.fromEntries(roles), resources: { orders: { ownerId: 'string', amount: 'number', status: 'string' } } };
}

async function milliseconds(document) {
  const start = performance.now();
  const snapshot = new MappingSnapshot(compileMapping(await parsedMapping(document)));
  const time = performance.now() - start;
  if (snapshot.permissionsFor(['role-0']) === undefined) throw new Error('the mapping of the bench has no role');
  return time;
}

/** Returns the milliseconds with and without conditions. */
export async function measureConditionalGrants(grants) {
  const [conditional, plain] = [documentOf(grants, true), documentOf(grants, false)];
  const results = await inTurn([conditional, plain], ROUNDS, milliseconds);
  return { conditional: median(results.get(conditional)), plain: median(results.get(plain)) };
}
