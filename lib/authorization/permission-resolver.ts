import { andThen, combinePermissions, PermissionSet, unreadableFor, type Principal } from '../core/index.js';
import {
  MappingStore,
  resolvePermissions,
  type MappingProvider,
  type MappingSnapshot,
  type PermissionResolution,
} from '../mapping/index.js';

/**
 * A verified caller, and what its first request found out. All requests with a remembered token share one object, so later requests need not
 * read the claims and look up the roles again.
 */
export interface Caller {
  readonly principal: Principal;
  /** Whether possession of the token has to be proven (`cnf`, RFC 7800). */
  isBound?: boolean | undefined;
  /** Permissions kept by {@link PermissionResolver}. */
  resolved?: unknown;
}

/** The permissions of a caller under one state of the mapping. */
class Resolved {
  constructor(
    readonly mapping: MappingSnapshot,
    readonly resolution: PermissionResolution,
  ) {}
}

/** What a caller holds whose claims cannot be read. */
const NOTHING: PermissionResolution = Object.freeze({ permissions: new PermissionSet([], [], 'none') });

/** Asks the application's mapping provider, or the mapping held here, under a deadline. */
export class PermissionResolver {
  private provider: MappingProvider | undefined;
  /** Combined once for each principal and state of the mapping. */
  private readonly combined = new WeakMap<Principal, { readonly held: PermissionSet; readonly combined: PermissionSet }>();

  constructor(
    private readonly find: () => MappingProvider | Promise<MappingProvider>,
    private readonly deadlineMs: number,
  ) {}

  /** Finds the provider. Once all modules are instantiated, since its class may be listed in any of them. */
  async start(): Promise<void> {
    this.provider = await this.find();
  }

  /** The caller's permissions, or why they are not to be had. Synchronous when the provider is; never throws. */
  resolve(principal: Principal): PermissionResolution | Promise<PermissionResolution> {
    // No source is asked, neither a mapping nor a provider: what they would deny depends on what could not be read.
    if (unreadableFor(principal, 'permissions') !== undefined) return NOTHING;
    if (this.provider === undefined)
      return { failure: 'mapping_unavailable', detail: 'the application has not been initialised' };
    const resolution = resolvePermissions(this.provider, principal, this.deadlineMs);
    if (principal.tokenPermissions === undefined) return resolution;
    return andThen(resolution, (found) =>
      'permissions' in found ? { permissions: this.combine(principal, found.permissions) } : found,
    );
  }

  /** Like {@link resolve}, but reuses the permissions kept with the caller until the mapping changes. Never reuses those of an application's provider. */
  resolveFor(caller: Caller): PermissionResolution | Promise<PermissionResolution> {
    const { principal, resolved } = caller;
    const mapping = this.provider instanceof MappingStore ? this.provider.usable : undefined;
    if (mapping === undefined) return this.resolve(principal);
    if (resolved instanceof Resolved && resolved.mapping === mapping) return resolved.resolution;
    const before = mapping.unknownRoles;
    const resolution = this.resolve(principal);
    // Unknown roles are counted at each request. A failure may be over at the next.
    const isLasting = !(resolution instanceof Promise) && 'permissions' in resolution && mapping.unknownRoles === before;
    if (isLasting) caller.resolved = new Resolved(mapping, resolution);
    return resolution;
  }

  private combine(principal: Principal, held: PermissionSet): PermissionSet {
    const known = this.combined.get(principal);
    if (known?.held === held) return known.combined;
    const combined = combinePermissions(held, principal.tokenPermissions);
    this.combined.set(principal, { held, combined });
    return combined;
  }
}
