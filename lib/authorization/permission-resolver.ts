import type { Principal } from '../core/index.js';
import { resolvePermissions, type MappingProvider, type PermissionResolution } from '../mapping/index.js';

/** Asks the application's mapping provider, or the mapping held here, under a deadline. */
export class PermissionResolver {
  private provider: MappingProvider | undefined;

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
    if (this.provider === undefined)
      return { failure: 'mapping_unavailable', detail: 'the application has not been initialised' };
    return resolvePermissions(this.provider, principal, this.deadlineMs);
  }
}
