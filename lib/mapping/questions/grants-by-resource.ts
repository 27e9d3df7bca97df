import { PatternMatcher, readsResource } from '../../core/index.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** Returns a function that tells whether roles grant a permission only under conditions over the resource, so that a handler has to name one. */
export function grantsByResource(snapshot: MappingSnapshot): (permission: string) => boolean {
  const rules = snapshot.conditionalGrants();
  if (rules.length === 0) return () => false;
  const { entries, grants } = snapshot.compiled;
  const granted = new Set(grants.values);
  const permissionsOf = (isOfResource: boolean) =>
    rules.filter(({ condition }) => readsResource(condition) === isOfResource).map(({ permission }) => permission);
  const byResource = new PatternMatcher(permissionsOf(true));
  const otherwise = new PatternMatcher([...entries.filter((_, entry) => granted.has(entry)), ...permissionsOf(false)]);
  return (permission) => byResource.matches(permission) && !otherwise.matches(permission);
}
