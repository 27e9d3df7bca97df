import { andThen, combinePermissions, PermissionSet, unreadableFor, type Principal } from '../../core/index.js';
import { resolvePermissions, type MappingProvider, type PermissionResolution } from '../../mapping/index.js';

/** What a caller holds whose claims cannot be read. */
const NOTHING: PermissionResolution = Object.freeze({ permissions: new PermissionSet([], [], 'none') });

/** Asks the application's mapping provider, or the mapping held here, under a deadline. */
export class PermissionResolver {
  private provider: MappingProvider | undefined;
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

  private combine(principal: Principal, held: PermissionSet): PermissionSet {
    const known = this.combined.get(principal);
    if (known?.held.deref() === held) return known.combined;
    const combined = combinePermissions(held, principal.tokenPermissions);
    this.combined.set(principal, { held: new WeakRef(held), combined });
    return combined;
  }
}
