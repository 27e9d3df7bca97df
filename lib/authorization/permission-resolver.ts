import { andThen, combinePermissions, PermissionSet, unreadableFor, type Principal } from '../core/index.js';
import {
  MappingStore,
  resolvePermissions,
  type MappingProvider,
  type MappingSnapshot,
  type PermissionResolution,
} from '../mapping/index.js';

/** A verified caller. All requests with a remembered token share one object; without one, each request has an object of its own. */
export interface Caller {
  readonly principal: Principal;
  /** Whether possession of the token has to be proven (`cnf`, RFC 7800). */
  isBound?: boolean | undefined;
  /** Whether an earlier request had the same object, so that a later one may have it too. Set by {@link PermissionResolver}. */
  isReturning?: boolean | undefined;
}

/** What a caller holds whose claims cannot be read. */
const NOTHING: PermissionResolution = Object.freeze({ permissions: new PermissionSet([], [], 'none') });

/** Asks the application's mapping provider, or the mapping held here, under a deadline. */
export class PermissionResolver {
  private provider: MappingProvider | undefined;
  /**
   * Permissions of returning callers, by the mapping that gives them. Weak in this order, and not a property of the caller: a remembered token
   * that is not used any more would keep the mapping of its last request in memory, each such token another one.
   */
  private readonly kept = new WeakMap<MappingSnapshot, WeakMap<Caller, PermissionResolution>>();
  /** Combined once for each principal and state of the mapping, which this keeps no longer than others do. */
  private readonly combined = new WeakMap<
    Principal,
    { readonly held: WeakRef<PermissionSet>; readonly combined: PermissionSet }
  >();

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

  /**
   * Like {@link resolve}, but reuses the permissions of a returning caller until the mapping changes. Never reuses those of an application's
   * provider, nor a failure.
   */
  resolveFor(caller: Caller): PermissionResolution | Promise<PermissionResolution> {
    const { principal } = caller;
    const mapping = this.provider instanceof MappingStore ? this.provider.usable : undefined;
    if (mapping === undefined) return this.resolve(principal);
    const known = this.kept.get(mapping)?.get(caller);
    if (known !== undefined) return known;
    const before = mapping.unknownRoles;
    const resolution = this.resolve(principal);
    // Unknown roles are counted at each request. A failure may be over at the next.
    const isLasting = 'permissions' in resolution && mapping.unknownRoles === before;
    if (isLasting && caller.isReturning === true) this.keep(caller, mapping, resolution);
    caller.isReturning = true; // most callers whose token is not remembered never return, and need no entry
    return resolution;
  }

  private keep(caller: Caller, mapping: MappingSnapshot, resolution: PermissionResolution): void {
    const known = this.kept.get(mapping);
    if (known === undefined) this.kept.set(mapping, new WeakMap([[caller, resolution]]));
    else known.set(caller, resolution);
  }

  private combine(principal: Principal, held: PermissionSet): PermissionSet {
    const known = this.combined.get(principal);
    if (known?.held.deref() === held) return known.combined;
    const combined = combinePermissions(held, principal.tokenPermissions);
    this.combined.set(principal, { held: new WeakRef(held), combined });
    return combined;
  }
}
