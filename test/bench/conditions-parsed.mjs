// Parses conditions, as a mapping does.
import { compileMapping } from '../../dist/mapping/index.js';
import { parsedMapping } from './conditions-mapping.mjs';

/** Returns the parsed form of each condition. */
export async function parsedConditions(texts) {
  const permissions = texts.map((when) => ({ permission: 'orders:read', when }));
  const { conditions } = compileMapping(await parsedMapping({ roles: { clerk: { permissions } } }));
  return new Map(conditions.map(({ when, tree }) => [when, JSON.parse(tree)]));
}
