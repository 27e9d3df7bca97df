import { BoundedMap, nearMiss } from '../../core/index.js';
import type { MappingSnapshot } from '../../mapping/index.js';

/** Most names remembered for each mapping. */
const MAX_REMEMBERED = 1000;

interface Found {
  readonly meant: string | undefined;
}

/** A search looks at each role of the mapping, and a logger that takes level debug has one made for each refusal of the same callers. */
const remembered = new WeakMap<MappingSnapshot, BoundedMap<string, Found>>();

/** The role of the mapping that was meant by a name that is none. Searched once for each name. */
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

/** The name that was meant: the same but for upper and lower case or a usual prefix, or else the nearest. */
export function meantName(name: string, names: readonly string[]): string | undefined {
  const own = plain(name);
  return names.find((other) => other !== name && plain(other) === own) ?? nearMiss(name, names);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/^\/|^role[_-]/, '');
}
