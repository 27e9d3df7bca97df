import { BoundedMap, nearMiss } from '../../core/index.js';
import type { MappingSnapshot } from '../../mapping/index.js';

/** Most names remembered for each mapping. */
const MAX_REMEMBERED = 1000;

interface Found {
  readonly meant: string | undefined;
}

/** A search compares every role of the mapping, and at level debug each refusal of the same caller would repeat it. */
const remembered = new WeakMap<MappingSnapshot, BoundedMap<string, Found>>();

/** Returns the role of the mapping that an unknown name probably means. Searched once for each name. */
export function meantRole(name: string, tenant: string | undefined, mapping: MappingSnapshot): string | undefined {
  let found = remembered.get(mapping);
  if (found === undefined) remembered.set(mapping, (found = new BoundedMap<string, Found>(MAX_REMEMBERED)));
  const key = JSON.stringify([name, tenant]);
  const known = found.get(key);
  if (known !== undefined) return known.meant;
  const own = tenant === undefined ? [] : mapping.roleNames(tenant);
  const meant = meantName(name, [...mapping.roleNames(), ...own]);
  found.set(key, { meant });
  return meant;
}

/** Returns the name that was probably meant: equal except for case or a common prefix, else the most similar one. */
export function meantName(name: string, names: readonly string[]): string | undefined {
  const own = plain(name);
  return names.find((other) => other !== name && plain(other) === own) ?? nearMiss(name, names);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/^\/|^role[_-]/, '');
}
