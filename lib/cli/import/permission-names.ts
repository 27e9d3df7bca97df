import { patternSegments, permissionSegments } from '../../core/index.js';
import type { RenamedPermission } from './imported-roles.interface.js';

/** What is left of a name, so that with a number at its end it is still a permission. */
const MAX_LENGTH = 240;
// eslint-disable-next-line no-control-regex -- control characters are among what a segment cannot have
const UNFIT = /[\s*"'\\\u0000-\u001f\u007f]+/gu;

/**
 * Turns names into permissions: what a segment cannot have becomes `-`, a star by itself `all`, and empty segments go. Two names never become one, since whoever
 * held the one would hold the other.
 */
export class PermissionNames {
  readonly renamed: readonly RenamedPermission[];
  private readonly names: ReadonlyMap<string, string>;

  /**
   * @param hasPatterns Whether `orders:*` is kept as a pattern.
   * @param stated Names that are kept, patterns included: the user wrote them.
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

/** A name that is not taken: the name itself, or with a number at its end. It is taken from then on. */
export function unique(name: string, taken: Set<string>): string {
  let chosen = name;
  for (let number = 2; taken.has(chosen); number++) chosen = `${name}-${number}`;
  taken.add(chosen);
  return chosen;
}
