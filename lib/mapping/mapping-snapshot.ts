import { createHash } from 'node:crypto';
import { PatternMatcher, PermissionSet } from '../core/index.js';
import type { ParsedMapping, ParsedRole } from './parse-mapping.js';

/** Most role sets kept resolved. The oldest goes first; a set met again is resolved again. */
const MAX_ROLE_SETS = 1000;

interface CompiledRole {
  readonly index: number;
  readonly permissions: readonly string[];
  readonly deny: readonly string[];
}

/** One immutable state of the mapping: hierarchy resolved, and a role set's permissions worked out once. */
export class MappingSnapshot {
  readonly revision: string;
  /** Equal for equal content on every instance, whatever revision the document names. */
  readonly digest: string;
  private readonly roles: ReadonlyMap<string, CompiledRole>;
  private readonly anyGrant: PatternMatcher;
  private readonly resolved = new Map<string, PermissionSet>();

  constructor(mapping: ParsedMapping) {
    this.digest = digest(mapping);
    this.revision = mapping.revision ?? this.digest;
    this.roles = compileRoles(mapping.roles);
    this.anyGrant = new PatternMatcher(this.patterns());
  }

  /** The permissions that the roles give together. A role the mapping does not know gives none. */
  permissionsFor(roles: readonly string[]): PermissionSet {
    const held = roles.flatMap((name) => this.roles.get(name) ?? []).sort((a, b) => a.index - b.index);
    const key = held.map(({ index }) => index).join();
    return this.resolved.get(key) ?? this.resolve(key, held);
  }

  /** Whether any role at all grants the permission. */
  grantsToAnyone(permission: string): boolean {
    return this.anyGrant.matches(permission);
  }

  /** Every permission and pattern that some role grants. */
  patterns(): readonly string[] {
    return [...new Set([...this.roles.values()].flatMap(({ permissions }) => permissions))];
  }

  private resolve(key: string, held: readonly CompiledRole[]): PermissionSet {
    const set = new PermissionSet(
      held.flatMap(({ permissions }) => permissions),
      held.flatMap(({ deny }) => deny),
      this.revision,
    );
    if (this.resolved.size >= MAX_ROLE_SETS) {
      for (const oldest of this.resolved.keys()) {
        this.resolved.delete(oldest);
        break;
      }
    }
    this.resolved.set(key, set);
    return set;
  }
}

function compileRoles(roles: ReadonlyMap<string, ParsedRole>): ReadonlyMap<string, CompiledRole> {
  let index = 0;
  const compiled = new Map<string, CompiledRole>();
  for (const name of roles.keys()) {
    const family = [...ancestry(roles, name)].flatMap((member) => roles.get(member) ?? []);
    compiled.set(name, {
      index: index++,
      permissions: family.flatMap(({ permissions }) => permissions),
      deny: family.flatMap(({ deny }) => deny),
    });
  }
  return compiled;
}

/** The role and everything it inherits from, each once. */
function ancestry(roles: ReadonlyMap<string, ParsedRole>, name: string): ReadonlySet<string> {
  const family = new Set([name]);
  // A Set is walked in order of insertion, what is added on the way included.
  for (const member of family) for (const parent of roles.get(member)?.inherits ?? []) family.add(parent);
  return family;
}

/** The same whatever the order of the roles. */
function digest({ roles }: ParsedMapping): string {
  const content = [...roles].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}
