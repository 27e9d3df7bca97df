import { PatternMatcher } from './pattern-matcher.js';
import type { Permission, PermissionPattern } from './permission.js';

/** The permissions a caller holds under one revision of the mapping. Immutable. */
export class PermissionSet {
  /** What the caller's roles grant: permissions and patterns, each once. */
  readonly granted: readonly PermissionPattern[];
  /** What the caller's roles deny: permissions and patterns, each once. A denial wins over every grant. */
  readonly denied: readonly PermissionPattern[];
  /** The revision of the mapping that it was resolved from. */
  readonly revision: string;
  private readonly grants: PatternMatcher;
  private readonly denials: PatternMatcher;

  /**
   * @param granted Permissions and patterns granted.
   * @param denied Permissions and patterns denied. Default: none.
   * @param revision Names the mapping that it came from. Default: `unversioned`.
   */
  constructor(granted: Iterable<PermissionPattern>, denied: Iterable<PermissionPattern> = [], revision = 'unversioned') {
    this.granted = Object.freeze([...new Set(granted)]);
    this.denied = Object.freeze([...new Set(denied)]);
    this.revision = revision;
    this.grants = new PatternMatcher(this.granted);
    this.denials = new PatternMatcher(this.denied);
    Object.freeze(this);
  }

  /** Whether the caller holds the permission: granted by any role and denied by none. */
  covers(permission: Permission): boolean {
    return this.grants.matches(permission) && !this.denials.matches(permission);
  }

  /** Whether a role of the caller denies the permission outright. */
  denies(permission: Permission): boolean {
    return this.denials.matches(permission);
  }
}
