import { patternSegments, permissionSegments } from '../../core/index.js';
import type { RenamedPermission } from './imported-roles.interface.js';

/** Names are cut to this length, so that there is room for a number at the end. */
const MAX_LENGTH = 240;
// eslint-disable-next-line no-control-regex -- a segment cannot contain control characters
const UNFIT = /[\s*"'\\\u0000-\u001f\u007f]+/gu;

/**
 * Turns names into permissions: characters that a segment cannot have become `-`, a single star becomes `all`, and empty segments are removed.
 * Two names never become one: a user who holds one would hold the other.
 */
export class PermissionNames {
  readonly renamed: readonly RenamedPermission[];
  private readonly names: ReadonlyMap<string, string>;

  /**
   * @param hasPatterns Whether `orders:*` stays a pattern.
   * @param stated Names that the user wrote: they are kept, also patterns.
   */
  constructor(found: Iterable<string>, hasPatterns: boolean, stated: ReadonlySet<string> = new Set()) {
    const isFit = (name: string) =>
      (hasPatterns || stated.has(name) ? patternSegments(name) : permissionSegments(name)) !== undefined;
    const all = [...new Set(found)].sort();
    const taken = new Set(all.filter(isFit));
    this.names = new Map(all.map((name) => [name, isFit(name) ? name : unique(fitted(name), taken)]));
    this.renamed = [...this.names].filter(([from, to]) => from !== to).map(([from, to]) => ({ from, to }));
  }

  nameOf(found: string): string {
    return this.names.get(found) ?? found;
  }
}

function fitted(name: string): string {
  const segments = name
    .slice(0, MAX_LENGTH)
    .split(':')
    .map((segment) => (segment === '*' ? 'all' : segment.replace(UNFIT, '-').replace(/^-+|-+$/g, '')));
  return segments.filter((segment) => segment !== '').join(':') || 'unnamed';
}

/** Returns the name, with a number at its end if it is taken, and marks the result as taken. */
export function unique(name: string, taken: Set<string>): string {
  let chosen = name;
  for (let number = 2; taken.has(chosen); number++) chosen = `${name}-${number}`;
  taken.add(chosen);
  return chosen;
}
