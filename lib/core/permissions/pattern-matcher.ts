import { patternSegments, permissionSegments } from './permission.js';

interface Node {
  readonly next: Map<string, Node>;
  /** The node behind a `*` that is not the last segment. */
  any: Node | undefined;
  /** A pattern ends here with `*`: one or more further segments match. */
  rest: boolean;
  end: boolean;
}

const node = (): Node => ({ next: new Map(), any: undefined, rest: false, end: false });

/**
 * Matches a permission against a set of permissions and patterns. A literal name costs one Set look-up. Patterns form a trie that is walked
 * along the segments of the permission, so no RegExp is built from data and the cost does not grow with the number of roles.
 */
export class PatternMatcher {
  private readonly names = new Set<string>();
  private readonly root = node();
  private hasPatterns = false;

  /** @param patterns Permissions and patterns. Any other string matches nothing. */
  constructor(patterns: Iterable<string>) {
    for (const pattern of patterns) this.add(pattern);
  }

  /** Whether any of the permissions and patterns covers the permission. Nothing covers a string with a wildcard. */
  matches(permission: string): boolean {
    if (this.names.has(permission)) return true;
    if (!this.hasPatterns) return false;
    const segments = permissionSegments(permission);
    return segments !== undefined && walk(this.root, segments, 0);
  }

  private add(pattern: string): void {
    const segments = patternSegments(pattern);
    if (segments === undefined) return;
    if (!segments.includes('*')) {
      this.names.add(pattern);
      return;
    }
    this.hasPatterns = true;
    const last = segments.length - 1;
    let at = this.root;
    for (const [index, segment] of segments.entries()) {
      if (segment !== '*') at = child(at, segment);
      else if (index === last) {
        at.rest = true;
        return;
      } else at = at.any ??= node();
    }
    at.end = true;
  }
}

function child(parent: Node, segment: string): Node {
  let found = parent.next.get(segment);
  if (found === undefined) parent.next.set(segment, (found = node()));
  return found;
}

function walk(at: Node, segments: readonly string[], index: number): boolean {
  const segment = segments[index];
  if (segment === undefined) return at.end;
  if (at.rest) return true;
  const next = at.next.get(segment);
  if (next !== undefined && walk(next, segments, index + 1)) return true;
  return at.any !== undefined && walk(at.any, segments, index + 1);
}
