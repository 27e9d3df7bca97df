import { andThen, combinePermissions, PermissionSet, unreadableFor, type Principal } from '../../core/index.js';
import { resolvePermissions, type MappingProvider, type PermissionResolution } from '../../mapping/index.js';

/** Permissions of a caller whose claims cannot be read. */
const NOTHING: PermissionResolution = Object.freeze({ permissions: new PermissionSet([], [], 'none') });

/** Resolves permissions by the application's mapping provider, or by the mapping in memory, within a deadline. */
export class PermissionResolver {
  private provider: MappingProvider | undefined;
  /** Combined once for each principal and mapping. Weak: keeps neither of them alive. */
  private readonly combined = new WeakMap<
    Principal,
    { readonly held: WeakRef<PermissionSet>; readonly combined: PermissionSet }
  >();

  constructor(
    private readonly find: () => MappingProvider | Promise<MappingProvider>,
    private readonly deadlineMs: number,
  ) {}

  /** Finds the provider. Call this after all modules are instantiated: any of them may list its class. */
  async start(): Promise<void> {
    this.provider = await this.find();
  }

  /** Returns the caller's permissions, or why they are unavailable. Synchronous if the provider is; never throws. */
  resolve(principal: Principal): PermissionResolution | Promise<PermissionResolution> {
    // Neither mapping nor provider is asked: their denials depend on the claim that cannot be read.
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
